#pragma once

namespace pidigree {

inline constexpr char kDefaultStateDirectory[] = "/var/lib/pidigree";
inline constexpr char kDefaultSocket[] = "/run/pidigree.sock";
inline constexpr char kDefaultLog[] = "/dev/log";

}  // namespace pidigree
