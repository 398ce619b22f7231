#pragma once

#include <string_view>

namespace pidigree {

// What d_path() of the kernel writes behind the path of an unlinked file, and before the name of a
// memfd. Files may be called so, too.
inline constexpr std::string_view kDeletedSuffix = " (deleted)";
inline constexpr std::string_view kMemfdPath = "/memfd:";

}  // namespace pidigree
