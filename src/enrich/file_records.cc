#include "src/enrich/file_records.h"

#include <sys/stat.h>

#include "schema/events.h"
#include "src/enrich/valid_copy.h"

namespace pidigree {
namespace {

// Longer values are only hashed.
constexpr size_t kMaxContents = 1024;

Value TimeValue(int64_t ns) {
  if (ns <= 0) return std::monostate();
  return UtcTime{ns};
}

// What is only known by looking: what kind of file a name stands for, and when an older one was
// made.
bool NeedsLook(const KernelFileEvent& event) {
  switch (event.action) {
    case KernelFileAction::kCreated:
      return event.time_ns == 0;
    case KernelFileAction::kTimesSet:
      return event.time_ns < 0;
    case KernelFileAction::kMadeExecutable:
      return event.mode == 0;
    case KernelFileAction::kDeleted:
    case KernelFileAction::kAttributeSet:
    case KernelFileAction::kDeviceOpened:
    case KernelFileAction::kFifoOpened:
    case KernelFileAction::kWritten:
      return false;
  }
  return false;
}

}  // namespace

FileRecords::Subject FileRecords::SubjectOf(const KernelFileEvent& event, const LiveActor& actor) {
  Subject subject{event, actor, lookup_.Resolve(event), event.file, event.mode, event.time_ns};
  if (!NeedsLook(event)) return subject;
  const auto file = lookup_.Find(event, subject.path);
  if (!file) return subject;
  subject.birth_ns = file->birth_ns;
  if (subject.mode == 0) subject.mode = file->mode;
  if (subject.identity.inode == 0) subject.identity = file->identity;
  return subject;
}

void FileRecords::Write(const KernelFileEvent& event, const LiveActor& actor) {
  const Subject subject = SubjectOf(event, actor);
  switch (event.action) {
    case KernelFileAction::kCreated:
      if (S_ISDIR(subject.mode)) break;  // renamed, where that could not be told before
      WriteCreate(subject);
      if (S_ISFIFO(subject.mode)) WritePipe<kPipeCreated>(subject, "CreatePipe");
      break;
    case KernelFileAction::kDeleted:
      WriteDelete<kFileDelete>(subject);
      WriteDelete<kFileDeleteDetected>(subject);
      unread_deletions_ += !event.executable && (S_ISREG(event.mode) || event.mode == 0) &&
                           (records_.Wants(kFileDelete) || records_.Wants(kFileDeleteDetected));
      break;
    case KernelFileAction::kTimesSet:
      WriteTimes(subject);
      break;
    case KernelFileAction::kAttributeSet:
      WriteAttribute(subject);
      break;
    case KernelFileAction::kDeviceOpened:
      WriteDevice(subject);
      break;
    case KernelFileAction::kFifoOpened:
      WritePipe<kPipeConnected>(subject, "ConnectPipe");
      break;
    case KernelFileAction::kMadeExecutable:
      if (S_ISREG(subject.mode)) WriteExecutable(subject);
      unseen_executables_ += subject.mode == 0;
      break;
    case KernelFileAction::kWritten:
      WriteExecutable(subject);
      break;
  }
}

void FileRecords::WriteCreate(const Subject& subject) {
  constexpr const EventType& type = kFileCreate;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, subject.actor, records_.computer());
  record.values[type["TargetFilename"]] = ValidCopy(subject.path, batch);
  record.values[type["CreationUtcTime"]] =
      subject.birth_ns == 0 ? subject.actor.time : UtcTime{subject.birth_ns};
  records_.Tell(record, start, {subject.actor});
}

template <const EventType& kType>
void FileRecords::WriteDelete(const Subject& subject) {
  if (!records_.Wants(kType)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<kType>(batch, subject.actor, records_.computer());
  record.values[FieldOf<kType>("TargetFilename")] = ValidCopy(subject.path, batch);
  if (subject.event.executable)
    record.values[FieldOf<kType>("IsExecutable")] = *subject.event.executable;
  records_.Tell(record, start, {subject.actor},
                HashRequest{.process = subject.event.actor.process,
                            .executable = subject.identity,
                            .only_known = true});
}

void FileRecords::WriteTimes(const Subject& subject) {
  constexpr const EventType& type = kFileCreateTime;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, subject.actor, records_.computer());
  record.values[type["TargetFilename"]] = ValidCopy(subject.path, batch);
  const int64_t set = subject.event.time_ns;
  record.values[type["CreationUtcTime"]] =
      set == 0 ? Value(subject.actor.time) : TimeValue(set < 0 ? subject.identity.mtime_ns : set);
  record.values[type["PreviousCreationUtcTime"]] = TimeValue(subject.event.file.mtime_ns);
  records_.Tell(record, start, {subject.actor});
}

void FileRecords::WriteAttribute(const Subject& subject) {
  constexpr const EventType& type = kFileCreateStreamHash;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, subject.actor, records_.computer());
  name_.assign(subject.path).append(":").append(subject.event.attribute);
  record.values[type["TargetFilename"]] = ValidCopy(name_, batch);
  record.values[type["CreationUtcTime"]] = subject.actor.time;
  const std::string_view value = subject.event.value;
  if (!subject.event.value_unread && hash_kinds_.any()) {
    if (const Result<std::string> hash = HashBytes(value, hash_kinds_))
      record.values[type["Hash"]] = batch.Copy(*hash);
  }
  if (!value.empty() && value.size() <= kMaxContents) {
    const std::string_view text = ValidCopy(value, batch);
    if (text == value) record.values[type["Contents"]] = text;
  }
  records_.Tell(record, start, {subject.actor});
}

void FileRecords::WriteDevice(const Subject& subject) {
  constexpr const EventType& type = kRawAccessRead;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, subject.actor, records_.computer());
  record.values[type["Device"]] = ValidCopy(subject.path, batch);
  records_.Tell(record, start, {subject.actor});
}

template <const EventType& kType>
void FileRecords::WritePipe(const Subject& subject, std::string_view what) {
  if (!records_.Wants(kType)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<kType>(batch, subject.actor, records_.computer());
  record.values[FieldOf<kType>("EventType")] = what;
  record.values[FieldOf<kType>("PipeName")] = ValidCopy(subject.path, batch);
  records_.Tell(record, start, {subject.actor});
}

void FileRecords::WriteExecutable(const Subject& subject) {
  constexpr const EventType& type = kFileExecutableDetected;
  if (!records_.Wants(type)) return;
  RecordBatch& batch = records_.batch();
  const RecordBatch::Mark start = batch.mark();
  Record record = MakeActorRecord<type>(batch, subject.actor, records_.computer());
  const std::string_view path = ValidCopy(subject.path, batch);
  record.values[type["TargetFilename"]] = path;
  records_.Tell(record, start, {subject.actor},
                HashRequest{.process = subject.event.actor.process,
                            .mount_namespace = subject.event.actor.mount_namespace,
                            .path = path,
                            .executable = subject.identity});
}

}  // namespace pidigree
