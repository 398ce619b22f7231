#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "src/config/config.h"
#include "src/serialize/serializer.h"

namespace pidigree {

// The serializer for --format `format`, xml or json, which shortens fields as FieldSizes asks for.
std::unique_ptr<const Serializer> MakeSerializer(std::string_view format, const Writer& writer,
                                                 const std::vector<FieldSize>& sizes);

}  // namespace pidigree
