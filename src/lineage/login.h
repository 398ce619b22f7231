#pragma once

#include <cstdint>
#include <string_view>

#include "src/event/logged_call.h"

namespace pidigree {

// Whose session a process lives in, as far as a record tells. Children start with their parent's; a
// process may get another, but never gets rid of one (kernel/audit.c: audit_set_loginuid()).
struct Login {
  enum class Source : uint8_t {
    kNone,
    kChild,  // of a process that only its child's record names: the child may have got another
    kOwn,
  };

  Source source = Source::kNone;
  uint32_t uid = kUnset;
  uint32_t auid = kUnset;
  uint32_t session = kUnset;
  uint32_t tty_hash = 0;  // 0: not known
};

// What `logged` says of its subject.
inline Login LoginOf(const LoggedCall& logged) {
  if (!logged.has_ids) return {};
  uint32_t tty_hash = 0;
  if (logged.has_ppid) {
    tty_hash = 2166136261;
    for (const char c : logged.tty) tty_hash = (tty_hash ^ static_cast<uint8_t>(c)) * 16777619;
  }
  return {Login::Source::kOwn, logged.uid, logged.auid, logged.session, tty_hash};
}

// Whether a process had another session or login uid than `after`, its own by a record, says.
inline bool IsOtherLogin(const Login& before, const Login& after) {
  return before.source == Login::Source::kOwn && after.source == Login::Source::kOwn &&
         (before.session != after.session || before.auid != after.auid);
}

}  // namespace pidigree
