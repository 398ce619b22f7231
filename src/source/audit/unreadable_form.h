#pragma once

#include <string_view>

namespace pidigree {

// What is wrong with a log that begins with `head` if it is one that was made for people, in which
// what a record needs is lost: what it is, and which command gives what can be read. Empty: nothing
// that we know.
std::string_view UnreadableForm(std::string_view head);

}  // namespace pidigree
