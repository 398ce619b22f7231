#include "src/source/audit/syscall_record.h"

#include <cstring>
#include <limits>
#include <utility>

#include "src/base/kernel_path.h"
#include "src/source/audit/load_word.h"
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
  bool has_ppid = true;
  uint32_t ppid = 0;
  uint32_t pid = 0;
  uint32_t auid = kUnset;
  uint32_t uid = kUnset;
  uint32_t session = kUnset;
  std::string_view tty;
  std::string_view exe;
  std::string_view rest;  // of the record: where auditd may have added something
};

// The fields read, as bits.
enum Field : uint16_t {
  kArch = 1,
  kNumber = 2,
  kPpid = 4,
  kPid = 8,
  kExe = 16,
  kRequired = kArch | kNumber | kPid | kExe,
  kWanted = kRequired | kPpid,  // which kernels before 2.6.15 do not print
  kSuccess = 32,
  kExitCode = 64,
  kA0 = 128,
  kA1 = 256,
  kA2 = 512,
  kAuid = 1024,
  kUid = 2048,
  kSession = 4096,
  kTty = 8192,
  kComm = 16384,
};

// A tty's name is printed as it is: never hexadecimal.
std::string_view ReadTty(std::string_view value) {
  return value == "(none)" || value == "(null)" || value == "?" ? std::string_view() : value;
}

Field FieldOf(std::string_view name) {
  static constexpr std::pair<std::string_view, Field> kNames[] = {
      {"arch", kArch}, {"syscall", kNumber}, {"success", kSuccess}, {"exit", kExitCode},
      {"a0", kA0},     {"a1", kA1},          {"a2", kA2},           {"ppid", kPpid},
      {"pid", kPid},   {"auid", kAuid},      {"uid", kUid},         {"ses", kSession},
      {"tty", kTty},   {"comm", kComm},      {"exe", kExe},
  };
  for (const auto& [known, field] : kNames) {
    if (name == known) return field;
  }
  return Field{};
}

bool ReadField(Field name, const FieldReader& field, SyscallFields& fields, char*& arena) {
  const std::string_view value = field.value();
  switch (name) {
    case kArch:
      return ParseHex(value, fields.arch);
    case kNumber:
      return ParseDecimal(value, fields.number);
    case kSuccess:
      fields.success = value == "yes";
      return true;
    case kExitCode:
      return ParseSignedDecimal(value, fields.exit);
    case kA0:
      return ParseHex(value, fields.args[0]);
    case kA1:
      return ParseHex(value, fields.args[1]);
    case kA2:
      return ParseHex(value, fields.args[2]);
    case kPpid:
      return ParseDecimal(value, fields.ppid);
    case kPid:
      return ParseDecimal(value, fields.pid);
    case kAuid:
      return ParseDecimal(value, fields.auid);
    case kUid:
      return ParseDecimal(value, fields.uid);
    case kSession:
      return ParseDecimal(value, fields.session);
    case kTty:
      fields.tty = ReadTty(value);
      return true;
    case kComm:
      return !field.torn();
    case kExe:
      fields.exe = ReadString(value, field.quoted(), arena);
      return !field.torn();
    case kRequired:
    case kWanted:
      break;
  }
  return true;
}

// Of a field that is there twice, the first counts. What stands behind the last of those that are
// wanted is not the business of this function.
bool ReadAnyOrder(std::string_view text, SyscallFields& fields, char*& arena) {
  FieldReader field(text);
  unsigned found = 0;
  while ((found & kWanted) != kWanted && field.Next()) {
    const Field name = FieldOf(field.name());
    if (name == Field{} || (found & name) != 0) continue;
    if (!ReadField(name, field, fields, arena)) return false;
    found |= name;
  }
  fields.has_ppid = (found & kPpid) != 0;
  return (found & kRequired) == kRequired;
}

// ---- The kernel prints the fields in one order, which is read fast; whatever differs is left to
// ReadAnyOrder(). The line ends in '\n', which no comparison gets past, and has kReadAhead.

template <FixedText kWord>
[[gnu::always_inline]] inline bool Take(const char*& at) {
  static_assert(kWord.chars.size() <= kReadAhead);
  if (!StartsWith<kWord>(at)) return false;
  at += kWord.chars.size() - 1;
  return true;
}

[[gnu::always_inline]] inline bool TakeDecimal(const char*& at, uint32_t& value) {
  const char* begin = at;
  uint64_t number = 0;
  while (*at >= '0' && *at <= '9') number = number * 10 + static_cast<uint64_t>(*at++ - '0');
  if (at == begin || at - begin > 10 || number > kUnset) return false;
  value = static_cast<uint32_t>(number);
  return *at++ == ' ';
}

[[gnu::always_inline]] inline bool TakeHex(const char*& at, uint64_t& value) {
  const char* begin = at;
  uint64_t number = 0;
  for (;; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c >= '0' && c <= '9') {
      number = number << 4 | static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      number = number << 4 | static_cast<unsigned>(c - 'a' + 10);
    } else {
      break;
    }
  }
  if (at == begin || at - begin > 16) return false;
  value = number;
  return *at++ == ' ';
}

// False at a quote: a single one begins what user space put into its message, a double one may hold
// blanks.
[[gnu::always_inline]] inline bool SkipWord(const char*& at) {
  if (*at == '\'' || *at == '"') return false;
  while (static_cast<unsigned char>(*at) > ' ') ++at;
  if (*at == ' ') ++at;
  return true;
}

template <FixedText kName>
[[gnu::always_inline]] inline bool SkipField(const char*& at) {
  return Take<kName>(at) && SkipWord(at);
}

// An untrusted string, up to the blank behind it.
bool TakeString(const char*& at, const char* end, std::string_view& value, char*& arena) {
  if (*at == '"') {
    ++at;
    const char* stop = CopyToQuote(at, end, arena);
    if (stop == end) return false;
    value = {arena, static_cast<size_t>(stop - at)};
    arena += value.size();
    at = stop + 1;
  } else {
    const char* begin = at;
    if (*at == '\'') return false;
    while (static_cast<unsigned char>(*at) > ' ') ++at;
    value = ReadString({begin, static_cast<size_t>(at - begin)}, false, arena);
  }
  return *at == ' ' || *at == kEnrichment || at == end;
}

bool ReadKernelOrder(std::string_view text, SyscallFields& fields, char*& arena) {
  const char* at = text.data();
  const char* end = at + text.size();
  uint64_t skipped = 0;
  if (!Take<"arch=">(at) || !TakeHex(at, fields.arch)) return false;
  if (!Take<"syscall=">(at) || !TakeDecimal(at, fields.number)) return false;
  if (Take<"per=">(at) && !SkipWord(at)) return false;
  if (Take<"success=">(at)) {
    fields.success = Take<"yes ">(at);
    if (!fields.success && !Take<"no ">(at)) return false;
    if (!Take<"exit=">(at)) return false;
    const bool negative = *at == '-';
    if (negative) ++at;
    uint32_t exit = 0;
    // A result beyond 32 bits, as of mmap, is left to the slow way.
    if (!TakeDecimal(at, exit)) return false;
    fields.exit = negative ? -int64_t{exit} : int64_t{exit};
  }
  if (!Take<"a0=">(at) || !TakeHex(at, fields.args[0])) return false;
  if (!Take<"a1=">(at) || !TakeHex(at, fields.args[1])) return false;
  if (!Take<"a2=">(at) || !TakeHex(at, fields.args[2])) return false;
  if (!Take<"a3=">(at) || !TakeHex(at, skipped)) return false;
  if (!SkipField<"items=">(at)) return false;
  if (!Take<"ppid=">(at) || !TakeDecimal(at, fields.ppid)) return false;
  if (!Take<"pid=">(at) || !TakeDecimal(at, fields.pid)) return false;
  if (!Take<"auid=">(at) || !TakeDecimal(at, fields.auid)) return false;
  if (!Take<"uid=">(at) || !TakeDecimal(at, fields.uid)) return false;
  if (!SkipField<"gid=">(at) || !SkipField<"euid=">(at) || !SkipField<"suid=">(at)) return false;
  if (!SkipField<"fsuid=">(at) || !SkipField<"egid=">(at) || !SkipField<"sgid=">(at)) return false;
  if (!SkipField<"fsgid=">(at) || !Take<"tty=">(at)) return false;
  const char* tty_name = at;
  if (!SkipWord(at) || at[-1] != ' ') return false;
  fields.tty = ReadTty({tty_name, static_cast<size_t>(at - 1 - tty_name)});
  if (!Take<"ses=">(at) || !TakeDecimal(at, fields.session)) return false;
  char* decoded = arena;
  std::string_view comm;
  if (!Take<"comm=">(at) || !TakeString(at, end, comm, decoded)) return false;
  if (!Take<" exe=">(at) || !TakeString(at, end, fields.exe, decoded)) return false;
  arena = decoded;
  fields.rest = {at, static_cast<size_t>(end - at)};
  return true;
}

// The user's name among what auditd adds to a record; empty if there is none.
std::string_view UserIn(std::string_view added) {
  FieldReader field(added);
  while (field.Next()) {
    if (field.name() != "UID") continue;
    const std::string_view user = field.value();
    return user == "unset" || user.starts_with("unknown(") ? std::string_view() : user;
  }
  return {};
}

// That of a record in ENRICHED format.
std::string_view FindUser(std::string_view fields) {
  // What a user space message holds is not escaped: its quote ends the record, and in what comes
  // behind it the last separator counts.
  const void* separator = memrchr(fields.data(), kEnrichment, fields.size());
  if (separator == nullptr || fields.ends_with('\'')) return {};
  const char* added = static_cast<const char*>(separator) + 1;
  return UserIn({added, static_cast<size_t>(fields.data() + fields.size() - added)});
}

// Likewise of a SYSCALL record, which the kernel alone writes: there the separator may have been
// lost on the way.
std::string_view FindCallUser(std::string_view fields) {
  const std::string_view user = FindUser(fields);
  return user.empty() && fields.find("UID=") != fields.npos ? UserIn(fields) : user;
}

void SetProcess(const SyscallFields& fields, ParsedCall& call, char*& arena) {
  call.has_ppid = fields.has_ppid;
  call.has_ids = true;
  call.pid = fields.pid;
  call.ppid = fields.ppid;
  call.uid = fields.uid;
  call.auid = fields.auid;
  call.session = fields.session;
  call.tty = KeepText(fields.tty, arena);
  call.exe = fields.exe;
  call.exe_is_unlinked = fields.exe.ends_with(kDeletedSuffix);
  call.user = KeepText(FindCallUser(fields.rest), arena);
}

// The process that a call returned, if it is one.
bool SetReturnedPid(int64_t exit, CallKind kind, ParsedCall& call) {
  if (exit <= 0 || exit > std::numeric_limits<int32_t>::max()) return false;
  call.kind = kind;
  call.other_pid = static_cast<uint32_t>(exit);
  return true;
}

void SetFork(const SyscallFields& fields, uint64_t clone_flags, ParsedCall& call) {
  if (!SetReturnedPid(fields.exit, CallKind::kFork, call)) return;
  call.fork_result = (clone_flags & kCloneThread) != 0 ? ForkResult::kThread : ForkResult::kProcess;
  if ((clone_flags & kCloneNewPid) != 0) call.child_namespace = ChildNamespace::kNew;
  call.sibling = (clone_flags & kCloneParent) != 0;
}

void SetSignal(uint64_t signal, ParsedCall& call) {
  if (signal == kSigKill) call.kind = CallKind::kKill;
}

void SetNamespaces(ChildNamespace of_children, ParsedCall& call) {
  call.kind = CallKind::kNamespaces;
  call.child_namespace = of_children;
}

void SetKind(const SyscallFields& fields, SyscallKind syscall, ParsedCall& call) {
  call.kind = CallKind::kSighting;
  call.fork_result = ForkResult::kProcess;
  call.child_namespace = ChildNamespace::kSame;
  call.sibling = false;
  // These two do not return.
  if (syscall == SyscallKind::kExit) {
    call.kind = CallKind::kThreadExit;
    return;
  }
  if (syscall == SyscallKind::kExitGroup) {
    call.kind = CallKind::kExit;
    return;
  }
  if (!fields.success) return;

  switch (syscall) {
    case SyscallKind::kOther:
    case SyscallKind::kExit:
    case SyscallKind::kExitGroup:
      break;
    case SyscallKind::kFork:
      SetFork(fields, 0, call);
      break;
    case SyscallKind::kClone:
      SetFork(fields, fields.args[0], call);
      break;
    case SyscallKind::kCloneBackwards:
      SetFork(fields, fields.args[1], call);
      break;
    case SyscallKind::kClone3:
      SetFork(fields, 0, call);
      call.fork_result = ForkResult::kUnknown;
      break;
    case SyscallKind::kExec:
      call.kind = CallKind::kExec;
      break;
    case SyscallKind::kSignal:
      SetSignal(fields.args[1], call);
      break;
    case SyscallKind::kSignalThread:
      SetSignal(fields.args[2], call);
      break;
    case SyscallKind::kWait:
      if (SetReturnedPid(fields.exit, CallKind::kReap, call))
        call.wait_options = static_cast<uint32_t>(fields.args[2]);
      break;
    case SyscallKind::kUnshare:
      if ((fields.args[0] & kCloneNewPid) != 0) SetNamespaces(ChildNamespace::kNew, call);
      break;
    case SyscallKind::kSetns:
      // The second argument restricts the type of namespace; 0 takes any.
      if (fields.args[1] == 0 || (fields.args[1] & kCloneNewPid) != 0)
        SetNamespaces(ChildNamespace::kUnknown, call);
      break;
  }
}

}  // namespace

SyscallRecordResult ReadSyscall(std::string_view text, bool has_read_ahead, EventFragment& fragment,
                                char*& arena) {
  SyscallFields fields;
  if (!has_read_ahead || !ReadKernelOrder(text, fields, arena)) {
    fields = {};
    if (!ReadAnyOrder(text, fields, arena)) return SyscallRecordResult::kMalformed;
    fields.rest = text;
  }
  fragment.has_syscall = true;
  SetProcess(fields, fragment.call, arena);
  const bool known_arch = fields.arch <= std::numeric_limits<uint32_t>::max() &&
                          IsKnownArch(static_cast<uint32_t>(fields.arch));
  SetKind(fields,
          known_arch ? FindSyscall(static_cast<uint32_t>(fields.arch), fields.number)
                     : SyscallKind::kOther,
          fragment.call);
  fragment.call.exec_if_told = !known_arch && fields.success;
  return known_arch ? SyscallRecordResult::kOk : SyscallRecordResult::kUnknownArch;
}

bool ReadSubject(std::string_view text, EventFragment& fragment, char*& arena) {
  ParsedCall call = fragment.call;
  bool has_pid = false;
  bool has_uid = false;
  bool has_auid = false;
  bool has_session = false;
  FieldReader field(text);
  while (field.Next()) {
    const std::string_view name = field.name();
    const std::string_view value = field.value();
    if (name == "pid") {
      has_pid = ParseDecimal(value, call.pid);
    } else if (name == "uid") {
      has_uid = ParseDecimal(value, call.uid);
    } else if (name == "auid") {
      has_auid = ParseDecimal(value, call.auid);
    } else if (name == "ses") {
      has_session = ParseDecimal(value, call.session);
    } else if (name == "ppid") {
      call.has_ppid = ParseDecimal(value, call.ppid);
    } else if (name == "tty") {
      call.tty = KeepText(ReadTty(value), arena);
    } else if (name == "exe") {
      call.exe = ReadString(value, field.quoted(), arena);
    }
  }
  if (!has_pid) return false;
  call.has_ids = has_uid && has_auid && has_session;
  call.exe_is_unlinked = call.exe.ends_with(kDeletedSuffix);
  call.user = KeepText(FindUser(text), arena);
  fragment.call = call;
  fragment.has_subject = true;
  return true;
}

}  // namespace pidigree
