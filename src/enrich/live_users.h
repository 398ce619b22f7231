#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "src/base/file_stamp.h"
#include "src/base/shared_text.h"
#include "src/enrich/name_service.h"

namespace pidigree {

// Texts of uids on the running system: the name in the passwd file, which is read again when it has
// changed; else the one that the name service gives, kept for some time; else the number. Texts
// are shared between the processes of a user.
class LiveUsers {
 public:
  // `name_service` may be null: nobody else is asked.
  LiveUsers(SharedTextPool& texts, std::string passwd_path, UserNameService* name_service);
  ~LiveUsers();
  LiveUsers(const LiveUsers&) = delete;
  LiveUsers& operator=(const LiveUsers&) = delete;

  // Looks whether the passwd file has changed; what was asked becomes old. `now_ns`: any clock that
  // runs forward.
  void Refresh(uint64_t now_ns);

  // A new reference; null for the unset uid.
  SharedText* Get(uint32_t uid);

  // Uids printed as a number since no answer came in time.
  uint64_t late() const { return late_; }

 private:
  struct Known {
    SharedText* text = nullptr;
    uint64_t until_ns = 0;
  };
  void Forget();
  Known Ask(uint32_t uid);

  SharedTextPool& texts_;
  const std::string passwd_path_;
  UserNameService* const name_service_;
  std::unordered_map<uint32_t, std::string> passwd_;
  std::unordered_map<uint32_t, Known> known_;
  FileStamp stamp_;
  uint64_t now_ns_ = 0;
  uint64_t ask_again_ns_ = 0;
  uint64_t late_ = 0;
};

}  // namespace pidigree
