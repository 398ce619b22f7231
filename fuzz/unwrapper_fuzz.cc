// However a log of wrapped records is cut into pieces, the same records come out.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/support/unwrap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(data[i]);
  for (const char* begin : {"{", "__CURSOR="}) {
    const std::string log = begin + bytes;
    const std::string whole = Unwrap(log, log.size());
    for (const size_t piece : {size_t{1}, size_t{7}, size / 2 + 1})
      if (Unwrap(log, piece) != whole) std::abort();
  }
  return 0;
}
