#include "src/records/access_records.h"

#include <cstddef>
#include <string_view>

namespace pidigree {
namespace {

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

}  // namespace

void AccessRecords::Write(const AccessFact& access, const Actor& actor, const Actor& target) {
  switch (access.kind) {
    case AccessKind::kAttach:
      WriteAccess(ACTION_ACCESS_ATTACH, access, actor, target, kTrace);
      return;
    case AccessKind::kTraceMe:
      WriteAccess(ACTION_ACCESS_TRACE_ME, access, actor, target, kTrace);
      return;
    case AccessKind::kPoke:
      WriteRemoteThread(ACTION_ACCESS_POKE, access, actor, target);
      return;
    case AccessKind::kRegisters:
      WriteRemoteThread(ACTION_ACCESS_REGISTERS, access, actor, target);
      return;
    case AccessKind::kRead:
      WriteAccess(ACTION_ACCESS_READ, access, actor, target, kReadMemory);
      return;
    case AccessKind::kWrite:
      WriteAccess(ACTION_ACCESS_WRITE, access, actor, target, kWrite);
      WriteRemoteThread(ACTION_ACCESS_WRITE, access, actor, target);
      return;
    case AccessKind::kDescriptor:
      WriteAccess(ACTION_ACCESS_DESCRIPTOR, access, actor, target, kDuplicateHandle);
      return;
    case AccessKind::kMemoryFile:
      WriteAccess(ACTION_ACCESS_MEMORY_FILE, access, actor, target,
                  (access.readable ? kReadMemory : 0U) | (access.writable ? kWrite : 0U));
      if (access.writable) WriteRemoteThread(ACTION_ACCESS_MEMORY_FILE, access, actor, target);
      return;
  }
}

void AccessRecords::WriteAccess(MadeOf<kProcessAccess> of, const AccessFact& access,
                                const Actor& actor, const Actor& target, uint32_t granted) {
  constexpr const EventType& type = kProcessAccess;
  records_.TellPair<type>(of, actor, target, [&](Record& record, RecordBatch&) {
    record.values[type["SourceProcessGUID"]] = actor.entry.guid;
    record.values[type["TargetProcessGUID"]] = target.entry.guid;
    record.values[type["SourceThreadId"]] = uint64_t{access.actor_tid};
    record.values[type["GrantedAccess"]] = uint64_t{granted};
  });
}

void AccessRecords::WriteRemoteThread(MadeOf<kCreateRemoteThread> of, const AccessFact& access,
                                      const Actor& actor, const Actor& target) {
  constexpr const EventType& type = kCreateRemoteThread;
  records_.TellPair<type>(of, actor, target, [&](Record& record, RecordBatch& batch) {
    record.values[type["SourceProcessGuid"]] = actor.entry.guid;
    record.values[type["TargetProcessGuid"]] = target.entry.guid;
    if (access.kind == AccessKind::kRegisters)
      record.values[type["NewThreadId"]] = uint64_t{access.target_tid};
    if (access.address) record.values[type["StartAddress"]] = AddressText(*access.address, batch);
  });
}

}  // namespace pidigree
