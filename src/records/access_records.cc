#include <cstddef>
#include <string_view>

#include "src/records/record_makers.h"

namespace pidigree {
namespace {

// What a process may do to another one, in the bits of Windows' process access rights, by which
// rules ask for it.
enum GrantedAccess : uint32_t {
  kCreateThread = 0x2,      // decide what its threads do next
  kOperateMemory = 0x8,     // change its address space
  kReadMemory = 0x10,       //
  kWriteMemory = 0x20,      //
  kDuplicateHandle = 0x40,  // take its descriptors
  kSuspendResume = 0x800,   // stop it and let it go on
};

constexpr uint32_t kTrace =
    kCreateThread | kOperateMemory | kReadMemory | kWriteMemory | kSuspendResume;
constexpr uint32_t kWrite = kOperateMemory | kWriteMemory;

// "0x00007FFF12345678", as Windows writes addresses.
std::string_view AddressText(uint64_t address, RecordBatch& batch) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr size_t kSize = 2 + 16;
  char* const text = batch.Allocate(kSize);
  text[0] = '0';
  text[1] = 'x';
  for (size_t at = kSize; at-- > 2; address >>= 4) text[at] = kDigits[address & 0xf];
  return {text, kSize};
}

// `granted`: of GrantedAccess.
void WriteGranted(MadeOf<kProcessAccess> of, const AccessFact& access, const Actor& actor,
                  const Actor& target, RecordWriter& records, uint32_t granted) {
  constexpr const EventType& type = kProcessAccess;
  records.TellPair<type>(of, actor, target, [&](Record& record, RecordBatch&) {
    record.values[type["SourceProcessGUID"]] = actor.entry.guid;
    record.values[type["TargetProcessGUID"]] = target.entry.guid;
    record.values[type["SourceThreadId"]] = uint64_t{access.actor_tid};
    record.values[type["GrantedAccess"]] = uint64_t{granted};
  });
}

void WriteRemoteThread(MadeOf<kCreateRemoteThread> of, const AccessFact& access, const Actor& actor,
                       const Actor& target, RecordWriter& records) {
  constexpr const EventType& type = kCreateRemoteThread;
  records.TellPair<type>(of, actor, target, [&](Record& record, RecordBatch& batch) {
    record.values[type["SourceProcessGuid"]] = actor.entry.guid;
    record.values[type["TargetProcessGuid"]] = target.entry.guid;
    if (access.kind == AccessKind::kRegisters)
      record.values[type["NewThreadId"]] = uint64_t{access.target_tid};
    if (access.address) record.values[type["StartAddress"]] = AddressText(*access.address, batch);
  });
}

}  // namespace

void WriteAccess(const AccessFact& access, const Actor& actor, const Actor& target,
                 RecordWriter& records) {
  switch (access.kind) {
    case AccessKind::kAttach:
      WriteGranted(ACTION_ACCESS_ATTACH, access, actor, target, records, kTrace);
      return;
    case AccessKind::kTraceMe:
      WriteGranted(ACTION_ACCESS_TRACE_ME, access, actor, target, records, kTrace);
      return;
    case AccessKind::kPoke:
      WriteRemoteThread(ACTION_ACCESS_POKE, access, actor, target, records);
      return;
    case AccessKind::kRegisters:
      WriteRemoteThread(ACTION_ACCESS_REGISTERS, access, actor, target, records);
      return;
    case AccessKind::kRead:
      WriteGranted(ACTION_ACCESS_READ, access, actor, target, records, kReadMemory);
      return;
    case AccessKind::kWrite:
      WriteGranted(ACTION_ACCESS_WRITE, access, actor, target, records, kWrite);
      WriteRemoteThread(ACTION_ACCESS_WRITE, access, actor, target, records);
      return;
    case AccessKind::kDescriptor:
      WriteGranted(ACTION_ACCESS_DESCRIPTOR, access, actor, target, records, kDuplicateHandle);
      return;
    case AccessKind::kMemoryFile:
      WriteGranted(ACTION_ACCESS_MEMORY_FILE, access, actor, target, records,
                   (access.readable ? kReadMemory : 0U) | (access.writable ? kWrite : 0U));
      if (access.writable)
        WriteRemoteThread(ACTION_ACCESS_MEMORY_FILE, access, actor, target, records);
      return;
  }
}

}  // namespace pidigree
