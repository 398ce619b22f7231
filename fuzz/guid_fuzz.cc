#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/event/guid.h"

// What is read as a GUID is written back as the same text, in lower case.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto guid = pidigree::ParseGuid(text);
  if (!guid) return 0;
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::array<char, pidigree::Guid::kTextSize> written;
  pidigree::FormatGuid(*guid, written.data());
  if (std::string_view(written.data(), written.size()) != lower) std::abort();
  return 0;
}
