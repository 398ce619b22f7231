#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "src/config/config.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// What --format calls `format`, xml or json.
LineFormat FormatOf(std::string_view format);

// The serializer for `format`, which shortens fields as FieldSizes asks for.
std::unique_ptr<const Serializer> MakeSerializer(LineFormat format, const Writer& writer,
                                                 const std::vector<FieldSize>& sizes);

}  // namespace pidigree
