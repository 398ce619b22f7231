#include "src/source/audit/syscall_record.h"

#include <limits>

#include "src/source/audit/record_fields.h"
#include "src/source/audit/syscall_table.h"

namespace pidigree {
namespace {

// linux/sched.h
constexpr uint64_t kCloneThread = 0x00010000;
constexpr uint64_t kCloneNewPid = 0x20000000;
constexpr uint64_t kCloneParent = 0x00008000;
constexpr uint64_t kSigKill = 9;

struct SyscallFields {
  uint64_t arch = 0;
  uint32_t number = 0;
  bool success = false;
  int64_t exit = 0;
  uint64_t args[3] = {};  // a0, a1, a2
  uint32_t ppid = 0;
  uint32_t pid = 0;
  uint32_t auid = kUnset;
  uint32_t uid = kUnset;
  uint32_t session = kUnset;
  std::string_view tty;
  std::string_view comm;
  std::string_view exe;
};

// Fields that every SYSCALL record has.
enum Required : uint8_t { kArch = 1, kNumber = 2, kPpid = 4, kPid = 8, kExe = 16, kAll = 31 };

// A tty's name is printed as it is: never hexadecimal.
std::string_view ReadTty(std::string_view value) {
  return value == "(none)" || value == "(null)" || value == "?" ? std::string_view() : value;
}

bool ReadAnyOrder(std::string_view text, SyscallFields& fields, char*& arena) {
  FieldReader field(text);
  uint8_t found = 0;
  bool valid = true;
  while (valid && field.Next()) {
    const std::string_view name = field.name();
    const std::string_view value = field.value();
    if (name == "arch") {
      valid = ParseHex(value, fields.arch);
      found |= kArch;
    } else if (name == "syscall") {
      valid = ParseDecimal(value, fields.number);
      found |= kNumber;
    } else if (name == "success") {
      fields.success = value == "yes";
    } else if (name == "exit") {
      valid = ParseSignedDecimal(value, fields.exit);
    } else if (name == "a0") {
      valid = ParseHex(value, fields.args[0]);
    } else if (name == "a1") {
      valid = ParseHex(value, fields.args[1]);
    } else if (name == "a2") {
      valid = ParseHex(value, fields.args[2]);
    } else if (name == "ppid") {
      valid = ParseDecimal(value, fields.ppid);
      found |= kPpid;
    } else if (name == "pid") {
      valid = ParseDecimal(value, fields.pid);
      found |= kPid;
    } else if (name == "auid") {
      valid = ParseDecimal(value, fields.auid);
    } else if (name == "uid") {
      valid = ParseDecimal(value, fields.uid);
    } else if (name == "ses") {
      valid = ParseDecimal(value, fields.session);
    } else if (name == "tty") {
      fields.tty = ReadTty(value);
    } else if (name == "comm") {
      fields.comm = ReadString(value, field.quoted(), arena);
      valid = !field.torn();
    } else if (name == "exe") {
      fields.exe = ReadString(value, field.quoted(), arena);
      valid = !field.torn();
      found |= kExe;
    }
  }
  return valid && found == kAll;
}

void SetProcess(const SyscallFields& fields, ProcessFact& fact) {
  fact.has_ppid = true;
  fact.has_ids = true;
  fact.pid = fields.pid;
  fact.ppid = fields.ppid;
  fact.uid = fields.uid;
  fact.auid = fields.auid;
  fact.session = fields.session;
  fact.tty = fields.tty;
  fact.comm = fields.comm;
  fact.exe = fields.exe;
}

// The process that a call returned, if it is one.
bool SetReturnedPid(int64_t exit, FactKind kind, ProcessFact& fact) {
  if (exit <= 0 || exit > std::numeric_limits<int32_t>::max()) return false;
  fact.kind = kind;
  fact.other_pid = static_cast<uint32_t>(exit);
  return true;
}

void SetFork(const SyscallFields& fields, uint64_t clone_flags, ProcessFact& fact) {
  if (!SetReturnedPid(fields.exit, FactKind::kFork, fact)) return;
  fact.fork_result = (clone_flags & kCloneThread) != 0 ? ForkResult::kThread : ForkResult::kProcess;
  fact.new_pid_namespace = (clone_flags & kCloneNewPid) != 0;
  fact.sibling = (clone_flags & kCloneParent) != 0;
}

void SetSignal(uint64_t signal, ProcessFact& fact) {
  if (signal == kSigKill) fact.kind = FactKind::kKill;
}

void SetNamespaces(ProcessFact& fact) {
  fact.kind = FactKind::kNamespaces;
  fact.new_pid_namespace = true;
}

void SetKind(const SyscallFields& fields, SyscallKind syscall, ProcessFact& fact) {
  fact.kind = FactKind::kSighting;
  fact.fork_result = ForkResult::kProcess;
  fact.new_pid_namespace = false;
  fact.success = true;
  // These two do not return.
  if (syscall == SyscallKind::kExit) {
    fact.kind = FactKind::kThreadExit;
    return;
  }
  if (syscall == SyscallKind::kExitGroup) {
    fact.kind = FactKind::kExit;
    return;
  }
  fact.success = fields.success;
  if (!fields.success) return;

  switch (syscall) {
    case SyscallKind::kOther:
    case SyscallKind::kExit:
    case SyscallKind::kExitGroup:
      break;
    case SyscallKind::kFork:
      SetFork(fields, 0, fact);
      break;
    case SyscallKind::kClone:
      SetFork(fields, fields.args[0], fact);
      break;
    case SyscallKind::kClone3:
      SetFork(fields, 0, fact);
      fact.fork_result = ForkResult::kUnknown;
      break;
    case SyscallKind::kExec:
      fact.kind = FactKind::kExec;
      break;
    case SyscallKind::kSignal:
      SetSignal(fields.args[1], fact);
      break;
    case SyscallKind::kSignalThread:
      SetSignal(fields.args[2], fact);
      break;
    case SyscallKind::kWait:
      if (SetReturnedPid(fields.exit, FactKind::kReap, fact))
        fact.wait_options = static_cast<uint32_t>(fields.args[2]);
      break;
    case SyscallKind::kUnshare:
      if ((fields.args[0] & kCloneNewPid) != 0) SetNamespaces(fact);
      break;
    case SyscallKind::kSetns:
      // The second argument restricts the type of namespace; 0 takes any.
      if (fields.args[1] == 0 || (fields.args[1] & kCloneNewPid) != 0) SetNamespaces(fact);
      break;
  }
}

}  // namespace

SyscallRecordResult ReadSyscall(std::string_view text, EventFragment& fragment, char*& arena) {
  SyscallFields fields;
  if (!ReadAnyOrder(text, fields, arena)) return SyscallRecordResult::kMalformed;
  fragment.has_syscall = true;
  SetProcess(fields, fragment.fact);
  const bool known_arch = fields.arch <= std::numeric_limits<uint32_t>::max() &&
                          IsKnownArch(static_cast<uint32_t>(fields.arch));
  SetKind(fields,
          known_arch ? FindSyscall(static_cast<uint32_t>(fields.arch), fields.number)
                     : SyscallKind::kOther,
          fragment.fact);
  return known_arch ? SyscallRecordResult::kOk : SyscallRecordResult::kUnknownArch;
}

bool ReadSubject(std::string_view text, EventFragment& fragment, char*& arena) {
  ProcessFact fact = fragment.fact;
  bool has_pid = false;
  bool has_uid = false;
  bool has_auid = false;
  bool has_session = false;
  FieldReader field(text);
  while (field.Next()) {
    const std::string_view name = field.name();
    const std::string_view value = field.value();
    if (name == "pid") {
      has_pid = ParseDecimal(value, fact.pid);
    } else if (name == "uid") {
      has_uid = ParseDecimal(value, fact.uid);
    } else if (name == "auid") {
      has_auid = ParseDecimal(value, fact.auid);
    } else if (name == "ses") {
      has_session = ParseDecimal(value, fact.session);
    } else if (name == "ppid") {
      fact.has_ppid = ParseDecimal(value, fact.ppid);
    } else if (name == "tty") {
      fact.tty = ReadTty(value);
    } else if (name == "comm") {
      fact.comm = ReadString(value, field.quoted(), arena);
    } else if (name == "exe") {
      fact.exe = ReadString(value, field.quoted(), arena);
    }
  }
  if (!has_pid) return false;
  fact.has_ids = has_uid && has_auid && has_session;
  fragment.fact = fact;
  fragment.has_subject = true;
  return true;
}

std::string_view FindEnrichedUser(std::string_view enrichment) {
  FieldReader field(enrichment);
  while (field.Next()) {
    if (field.name() != "UID") continue;
    const std::string_view user = field.value();
    return user == "unset" || user.starts_with("unknown(") ? std::string_view() : user;
  }
  return {};
}

}  // namespace pidigree
