#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// Compares `lines` with what was written of the same input before: tests/oracle/digests.txt holds
// the number of lines and the SHA-256 of each input, by `name`. The test fails where they differ.
//
// UPDATE_GOLDEN=1 has the file say what is written now. With PIDIGREE_ORACLE_KEEP=DIRECTORY the
// lines are kept there, to be compared with those that another commit writes.
void ExpectSameOutput(const std::string& name, std::string_view lines);

}  // namespace pidigree
