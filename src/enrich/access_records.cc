#include "src/enrich/access_records.h"

#include <cstddef>
#include <string_view>

#include "schema/events.h"

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

void AccessRecords::Write(const KernelAccess& access, const LiveActor& actor,
                          const LiveActor& target) {
  switch (access.kind) {
    case KernelAccessKind::kAttach:
    case KernelAccessKind::kTraceMe:
      WriteAccess(access, actor, target, kTrace);
      return;
    case KernelAccessKind::kPoke:
    case KernelAccessKind::kRegisters:
      WriteRemoteThread(access, actor, target);
      return;
    case KernelAccessKind::kRead:
      WriteAccess(access, actor, target, kReadMemory);
      return;
    case KernelAccessKind::kWrite:
      WriteAccess(access, actor, target, kWrite);
      WriteRemoteThread(access, actor, target);
      return;
    case KernelAccessKind::kDescriptor:
      WriteAccess(access, actor, target, kDuplicateHandle);
      return;
    case KernelAccessKind::kMemoryFile:
      WriteAccess(access, actor, target,
                  (access.readable ? kReadMemory : 0U) | (access.writable ? kWrite : 0U));
      if (access.writable) WriteRemoteThread(access, actor, target);
      return;
  }
}

void AccessRecords::WriteAccess(const KernelAccess& access, const LiveActor& actor,
                                const LiveActor& target, uint32_t granted) {
  constexpr const EventType& type = kProcessAccess;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakePairRecord<type>(batch, actor, target, records_.computer());
  record.values[type["SourceProcessGUID"]] = actor.entry.guid;
  record.values[type["TargetProcessGUID"]] = target.entry.guid;
  record.values[type["SourceThreadId"]] = uint64_t{access.actor_tid};
  record.values[type["GrantedAccess"]] = uint64_t{granted};
  records_.Tell(record, start, {actor, target});
}

void AccessRecords::WriteRemoteThread(const KernelAccess& access, const LiveActor& actor,
                                      const LiveActor& target) {
  constexpr const EventType& type = kCreateRemoteThread;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakePairRecord<type>(batch, actor, target, records_.computer());
  record.values[type["SourceProcessGuid"]] = actor.entry.guid;
  record.values[type["TargetProcessGuid"]] = target.entry.guid;
  if (access.kind == KernelAccessKind::kRegisters)
    record.values[type["NewThreadId"]] = uint64_t{access.target_tid};
  if (access.address) record.values[type["StartAddress"]] = AddressText(*access.address, batch);
  records_.Tell(record, start, {actor, target});
}

}  // namespace pidigree
