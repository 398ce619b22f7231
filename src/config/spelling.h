#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// The one of `known` that whoever wrote `name` most likely meant, empty if none is near: letter
// case and a few wrong, missing, additional or swapped characters are forgiven.
std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& known);

// "; did you mean X?" with the nearest of `known`, or "" if none is near.
std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace pidigree
