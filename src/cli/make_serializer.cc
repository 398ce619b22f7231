#include "src/cli/make_serializer.h"

#include <utility>

#include "src/serialize/field_size_serializer.h"
#include "src/serialize/line_serializer.h"

namespace pidigree {

LineFormat FormatOf(std::string_view format) {
  return format == "json" ? LineFormat::kJson : LineFormat::kXml;
}

std::unique_ptr<const Serializer> MakeSerializer(LineFormat format, const Writer& writer,
                                                 const std::vector<FieldSize>& sizes) {
  std::unique_ptr<const Serializer> form;
  if (format == LineFormat::kJson)
    form = std::make_unique<JsonSerializer>(writer);
  else
    form = std::make_unique<XmlSerializer>(writer);
  std::vector<FieldLimit> limits;
  limits.reserve(sizes.size());
  for (const FieldSize& size : sizes) limits.push_back({size.field, size.max_characters});
  return std::make_unique<FieldSizeSerializer>(std::move(form), limits);
}

}  // namespace pidigree
