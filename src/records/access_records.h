#pragma once

#include <cstdint>

#include "schema/events.h"
#include "src/event/access_fact.h"
#include "src/lineage/actor.h"
#include "src/records/record_writer.h"

namespace pidigree {

// What a process may do to another one, in the bits of Windows' process access rights, by which
// rules ask for it. docs/process-access.md says which action grants which.
enum GrantedAccess : uint32_t {
  kCreateThread = 0x2,      // decide what its threads do next
  kOperateMemory = 0x8,     // change its address space
  kReadMemory = 0x10,       //
  kWriteMemory = 0x20,      //
  kDuplicateHandle = 0x40,  // take its descriptors
  kSuspendResume = 0x800,   // stop it and let it go on
};

// Writes what processes do to each other.
class AccessRecords {
 public:
  explicit AccessRecords(RecordWriter& records) : records_(records) {}

  void Write(const AccessFact& access, const Actor& actor, const Actor& target);

 private:
  // `granted`: of GrantedAccess.
  void WriteAccess(MadeOf<kProcessAccess> of, const AccessFact& access, const Actor& actor,
                   const Actor& target, uint32_t granted);
  void WriteRemoteThread(MadeOf<kCreateRemoteThread> of, const AccessFact& access,
                         const Actor& actor, const Actor& target);

  RecordWriter& records_;
};

}  // namespace pidigree
