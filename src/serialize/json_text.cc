#include "src/serialize/json_text.h"

#include "src/serialize/escape.h"

namespace pidigree {

std::string JsonString(std::string_view text) {
  std::string quoted(EscapedSize<JsonEscape>(text) + kEscapeSlack, '\0');
  const char* end = CopyEscaped<JsonEscape>(text, quoted.data());
  quoted.resize(static_cast<size_t>(end - quoted.data()));
  return '"' + quoted + '"';
}

}  // namespace pidigree
