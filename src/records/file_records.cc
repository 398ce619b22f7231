#include "src/records/file_records.h"

#include <sys/stat.h>

#include "src/enrich/valid_copy.h"
#include "src/records/record_makers.h"

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
bool NeedsLook(const FileFact& event) {
  switch (event.action) {
    case FileAction::kCreated:
      return event.time_ns == 0;
    case FileAction::kTimesSet:
      return event.time_ns < 0;
    case FileAction::kMadeExecutable:
      return event.mode == 0;
    case FileAction::kDeleted:
    case FileAction::kAttributeSet:
    case FileAction::kDeviceOpened:
    case FileAction::kFifoOpened:
    case FileAction::kWritten:
      return false;
  }
  return false;
}

}  // namespace

FileRecords::Change FileRecords::ChangeOf(const FileFact& event, const Actor& actor) {
  Change change{event, actor, lookup_.Resolve(event), event.file, event.mode, event.time_ns};
  if (!NeedsLook(event)) return change;
  const auto file = lookup_.Find(event, change.path);
  if (!file) return change;
  change.birth_ns = file->birth_ns;
  if (change.mode == 0) change.mode = file->mode;
  if (change.identity.inode == 0) change.identity = file->identity;
  return change;
}

void FileRecords::Write(const FileFact& event, const Actor& actor) {
  const Change change = ChangeOf(event, actor);
  switch (event.action) {
    case FileAction::kCreated:
      if (S_ISDIR(change.mode)) break;  // renamed, where that could not be told before
      WriteCreate(change);
      if (S_ISFIFO(change.mode))
        WritePipeCreated(ACTION_FIFO_CREATED, change.path, actor, records_);
      break;
    case FileAction::kDeleted:
      WriteDelete<kFileDelete>(ACTION_FILE_DELETED, change);
      WriteDelete<kFileDeleteDetected>(ACTION_FILE_DELETED, change);
      unread_deletions_ += !event.executable && (S_ISREG(event.mode) || event.mode == 0) &&
                           (records_.Wants(kFileDelete) || records_.Wants(kFileDeleteDetected));
      break;
    case FileAction::kTimesSet:
      WriteTimes(change);
      break;
    case FileAction::kAttributeSet:
      WriteAttribute(change);
      break;
    case FileAction::kDeviceOpened:
      WriteDevice(change);
      break;
    case FileAction::kFifoOpened:
      WritePipeConnected(ACTION_FILE_FIFO_OPENED, change.path, actor, records_);
      break;
    case FileAction::kMadeExecutable:
      if (S_ISREG(change.mode)) WriteExecutable(ACTION_FILE_MADE_EXECUTABLE, change);
      unseen_executables_ += change.mode == 0;
      break;
    case FileAction::kWritten:
      WriteExecutable(ACTION_FILE_WRITTEN, change);
      break;
  }
}

void FileRecords::WriteCreate(const Change& change) {
  constexpr const EventType& type = kFileCreate;
  records_.Tell<type>(ACTION_FILE_CREATED, change.actor, [&](Record& record, RecordBatch& batch) {
    record.values[type["TargetFilename"]] = ValidCopy(change.path, batch);
    record.values[type["CreationUtcTime"]] =
        change.birth_ns == 0 ? change.actor.time : UtcTime{change.birth_ns};
  });
}

template <const EventType& kType>
void FileRecords::WriteDelete(MadeOf<kType> of, const Change& change) {
  records_.Tell<kType>(of, change.actor, [&](Record& record, RecordBatch& batch) {
    record.values[FieldOf<kType>("TargetFilename")] = ValidCopy(change.path, batch);
    if (change.event.executable)
      record.values[FieldOf<kType>("IsExecutable")] = *change.event.executable;
    return HashRequest{
        .process = change.event.subject.process, .executable = change.identity, .only_known = true};
  });
}

void FileRecords::WriteTimes(const Change& change) {
  constexpr const EventType& type = kFileCreateTime;
  const auto fill = [&](Record& record, RecordBatch& batch) {
    record.values[type["TargetFilename"]] = ValidCopy(change.path, batch);
    const int64_t set = change.event.time_ns;
    record.values[type["CreationUtcTime"]] =
        set == 0 ? Value(change.actor.time) : TimeValue(set < 0 ? change.identity.mtime_ns : set);
    record.values[type["PreviousCreationUtcTime"]] = TimeValue(change.event.file.mtime_ns);
  };
  records_.Tell<type>(ACTION_FILE_TIMES_SET, change.actor, fill);
}

void FileRecords::WriteAttribute(const Change& change) {
  constexpr const EventType& type = kFileCreateStreamHash;
  const auto fill = [&](Record& record, RecordBatch& batch) {
    name_.assign(change.path).append(":").append(change.event.attribute);
    record.values[type["TargetFilename"]] = ValidCopy(name_, batch);
    record.values[type["CreationUtcTime"]] = change.actor.time;
    const std::string_view value = change.event.value;
    if (!change.event.value_unread && hash_kinds_.any()) {
      if (const Result<std::string> hash = HashBytes(value, hash_kinds_))
        record.values[type["Hash"]] = batch.Copy(*hash);
    }
    if (!value.empty() && value.size() <= kMaxContents) {
      const std::string_view text = ValidCopy(value, batch);
      if (text == value) record.values[type["Contents"]] = text;
    }
  };
  records_.Tell<type>(ACTION_FILE_ATTRIBUTE_SET, change.actor, fill);
}

void FileRecords::WriteDevice(const Change& change) {
  constexpr const EventType& type = kRawAccessRead;
  const auto fill = [&](Record& record, RecordBatch& batch) {
    record.values[type["Device"]] = ValidCopy(change.path, batch);
  };
  records_.Tell<type>(ACTION_FILE_DEVICE_OPENED, change.actor, fill);
}

void FileRecords::WriteExecutable(MadeOf<kFileExecutableDetected> of, const Change& change) {
  constexpr const EventType& type = kFileExecutableDetected;
  records_.Tell<type>(of, change.actor, [&](Record& record, RecordBatch& batch) {
    const std::string_view path = ValidCopy(change.path, batch);
    record.values[type["TargetFilename"]] = path;
    return HashRequest{.process = change.event.subject.process,
                       .mount_namespace = change.event.subject.mount_namespace,
                       .path = path,
                       .executable = change.identity};
  });
}

}  // namespace pidigree
