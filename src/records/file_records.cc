#include "src/records/file_records.h"

#include <sys/stat.h>

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

FileRecords::Subject FileRecords::SubjectOf(const KernelFileEvent& event, const Actor& actor) {
  Subject subject{event, actor, lookup_.Resolve(event), event.file, event.mode, event.time_ns};
  if (!NeedsLook(event)) return subject;
  const auto file = lookup_.Find(event, subject.path);
  if (!file) return subject;
  subject.birth_ns = file->birth_ns;
  if (subject.mode == 0) subject.mode = file->mode;
  if (subject.identity.inode == 0) subject.identity = file->identity;
  return subject;
}

void FileRecords::Write(const KernelFileEvent& event, const Actor& actor) {
  const Subject subject = SubjectOf(event, actor);
  switch (event.action) {
    case KernelFileAction::kCreated:
      if (S_ISDIR(subject.mode)) break;  // renamed, where that could not be told before
      WriteCreate(subject);
      if (S_ISFIFO(subject.mode)) pipes_.WriteCreated(ACTION_FIFO_CREATED, subject.path, actor);
      break;
    case KernelFileAction::kDeleted:
      WriteDelete<kFileDelete>(ACTION_FILE_DELETED, subject);
      WriteDelete<kFileDeleteDetected>(ACTION_FILE_DELETED, subject);
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
      pipes_.WriteConnected(ACTION_FILE_FIFO_OPENED, subject.path, actor);
      break;
    case KernelFileAction::kMadeExecutable:
      if (S_ISREG(subject.mode)) WriteExecutable(ACTION_FILE_MADE_EXECUTABLE, subject);
      unseen_executables_ += subject.mode == 0;
      break;
    case KernelFileAction::kWritten:
      WriteExecutable(ACTION_FILE_WRITTEN, subject);
      break;
  }
}

void FileRecords::WriteCreate(const Subject& subject) {
  constexpr const EventType& type = kFileCreate;
  records_.Tell<type>(ACTION_FILE_CREATED, subject.actor, [&](Record& record, RecordBatch& batch) {
    record.values[type["TargetFilename"]] = ValidCopy(subject.path, batch);
    record.values[type["CreationUtcTime"]] =
        subject.birth_ns == 0 ? subject.actor.time : UtcTime{subject.birth_ns};
  });
}

template <const EventType& kType>
void FileRecords::WriteDelete(MadeOf<kType> of, const Subject& subject) {
  records_.Tell<kType>(of, subject.actor, [&](Record& record, RecordBatch& batch) {
    record.values[FieldOf<kType>("TargetFilename")] = ValidCopy(subject.path, batch);
    if (subject.event.executable)
      record.values[FieldOf<kType>("IsExecutable")] = *subject.event.executable;
    return HashRequest{
        .process = subject.event.actor.process, .executable = subject.identity, .only_known = true};
  });
}

void FileRecords::WriteTimes(const Subject& subject) {
  constexpr const EventType& type = kFileCreateTime;
  const auto fill = [&](Record& record, RecordBatch& batch) {
    record.values[type["TargetFilename"]] = ValidCopy(subject.path, batch);
    const int64_t set = subject.event.time_ns;
    record.values[type["CreationUtcTime"]] =
        set == 0 ? Value(subject.actor.time) : TimeValue(set < 0 ? subject.identity.mtime_ns : set);
    record.values[type["PreviousCreationUtcTime"]] = TimeValue(subject.event.file.mtime_ns);
  };
  records_.Tell<type>(ACTION_FILE_TIMES_SET, subject.actor, fill);
}

void FileRecords::WriteAttribute(const Subject& subject) {
  constexpr const EventType& type = kFileCreateStreamHash;
  const auto fill = [&](Record& record, RecordBatch& batch) {
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
  };
  records_.Tell<type>(ACTION_FILE_ATTRIBUTE_SET, subject.actor, fill);
}

void FileRecords::WriteDevice(const Subject& subject) {
  constexpr const EventType& type = kRawAccessRead;
  const auto fill = [&](Record& record, RecordBatch& batch) {
    record.values[type["Device"]] = ValidCopy(subject.path, batch);
  };
  records_.Tell<type>(ACTION_FILE_DEVICE_OPENED, subject.actor, fill);
}

void FileRecords::WriteExecutable(MadeOf<kFileExecutableDetected> of, const Subject& subject) {
  constexpr const EventType& type = kFileExecutableDetected;
  records_.Tell<type>(of, subject.actor, [&](Record& record, RecordBatch& batch) {
    const std::string_view path = ValidCopy(subject.path, batch);
    record.values[type["TargetFilename"]] = path;
    return HashRequest{.process = subject.event.actor.process,
                       .mount_namespace = subject.event.actor.mount_namespace,
                       .path = path,
                       .executable = subject.identity};
  });
}

}  // namespace pidigree
