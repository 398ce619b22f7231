#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "src/base/file_stamp.h"
#include "src/base/shared_text.h"
#include "src/enrich/patient_lookup.h"
#include "src/enrich/user_names.h"

namespace pidigree {

// Texts of uids on the running system: the name in the passwd file, which is read again when it has
// changed; else the one that the name service gives; else the number. Texts are shared between the
// processes of a user.
class LiveUsers {
 public:
  // `name_service` may be null: nobody else is asked.
  LiveUsers(SharedTextPool& texts, std::string passwd_path, UserNameService* name_service,
            const Clock& clock);
  ~LiveUsers();
  LiveUsers(const LiveUsers&) = delete;
  LiveUsers& operator=(const LiveUsers&) = delete;

  // Looks whether the passwd file has changed, at `now_ns` of the clock.
  void Refresh(uint64_t now_ns);

  // A new reference; null for the unset uid.
  SharedText* Get(uint32_t uid);

  // Uids printed as a number since no answer came in time.
  uint64_t late() const { return names_.late(); }

 private:
  struct Recent {
    uint32_t uid = 0;
    SharedText* text = nullptr;
    uint64_t until_ns = 0;  // so long it is right
  };
  static constexpr size_t kRecent = 1024;

  SharedTextPool& texts_;
  const std::string passwd_path_;
  PasswdNames passwd_;
  FileStamp stamp_;
  PatientLookup<uint32_t> names_;
  std::array<Recent, kRecent> recent_;  // by uid % kRecent
  uint64_t now_ns_ = 0;
};

}  // namespace pidigree
