#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/lineage/saved_table.h"

namespace {

// So that the fuzzer gets behind the checksum: FNV-1a, little-endian, at the end.
std::string WithChecksum(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  std::string summed(bytes);
  for (int i = 0; i < 8; ++i) summed.push_back(static_cast<char>(hash >> (8 * i)));
  return summed;
}

}  // namespace

// What is read as a table is written back as the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = WithChecksum({reinterpret_cast<const char*>(data), size});
  const auto table = pidigree::DecodeSavedTable(bytes);
  if (table && pidigree::EncodeSavedTable(*table) != bytes) std::abort();
  return 0;
}
