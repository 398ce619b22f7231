#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/result.h"
#include "src/base/seeded_hash.h"
#include "src/base/shared_text.h"

namespace pidigree {

using PasswdNames = std::unordered_map<uint32_t, std::string, SeededHasher>;  // by uid

// Names of uids from a passwd(5) file. The first line of a uid wins, as in getpwuid(3). Lines that
// are no passwd entries (comments, NIS markers) are passed over.
//
// Errors: as ReadFile().
Result<PasswdNames> ReadPasswd(const std::string& path);

constexpr size_t kMaxUserName = 256;  // bytes of it that are printed: LOGIN_NAME_MAX of Linux
using UserTextBuffer = std::array<char, 3 * kMaxUserName>;

// How a user is printed: `name`, any bytes, as valid text; the number where it is empty. A view of
// `buffer`.
std::string_view UserText(std::string_view name, uint32_t uid, UserTextBuffer& buffer);

// The text of a uid for the records of a log: the name that an enriched record gives, else the one
// in the passwd file, else the number. Texts are shared between the processes of one user.
class UserNames {
 public:
  UserNames(SharedTextPool& texts, PasswdNames passwd);
  ~UserNames();
  UserNames(const UserNames&) = delete;
  UserNames& operator=(const UserNames&) = delete;

  // A new reference. `enriched` is the raw name in the record, empty without one.
  SharedText* Get(uint32_t node, uint32_t uid, std::string_view enriched);

 private:
  struct Recent {
    uint64_t key = 0;
    SharedText* name = nullptr;
    bool enriched = false;
  };
  static constexpr size_t kRecent = 1024;

  SharedTextPool& texts_;
  PasswdNames passwd_;
  std::vector<Recent> recent_;
};

}  // namespace pidigree
