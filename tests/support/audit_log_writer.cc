#include "tests/support/audit_log_writer.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "tests/support/random.h"

namespace pidigree {
namespace {

// kernel/auditsc.c: MAX_EXECVE_AUDIT_LEN, and its scratch for "a%d_len=%lu a%d[%d]=".
constexpr size_t kMaxExecveRecord = 7500;
constexpr size_t kExecveScratch = 96;

struct RecordType {
  std::string_view name;
  std::string_view number;
};
constexpr RecordType kSyscall{"SYSCALL", "1300"};
constexpr RecordType kPath{"PATH", "1302"};
constexpr RecordType kConfigChange{"CONFIG_CHANGE", "1305"};
constexpr RecordType kSockaddr{"SOCKADDR", "1306"};
constexpr RecordType kCwd{"CWD", "1307"};
constexpr RecordType kExecve{"EXECVE", "1309"};
constexpr RecordType kObjPid{"OBJ_PID", "1318"};
constexpr RecordType kEoe{"EOE", "1320"};
constexpr RecordType kBprmFcaps{"BPRM_FCAPS", "1321"};
constexpr RecordType kProctitle{"PROCTITLE", "1327"};
constexpr RecordType kAvc{"AVC", "1400"};
constexpr RecordType kAbend{"ANOM_ABEND", "1701"};
constexpr RecordType kLogin{"LOGIN", "1006"};
constexpr RecordType kDaemonRotate{"DAEMON_ROTATE", "1205"};
constexpr RecordType kSystemBoot{"SYSTEM_BOOT", "1127"};
constexpr RecordType kUserTypes[] = {{"USER_AUTH", "1100"},
                                     {"CRED_ACQ", "1103"},
                                     {"USER_START", "1105"},
                                     {"SERVICE_START", "1130"},
                                     {"SERVICE_STOP", "1131"}};

struct CallInfo {
  int x86_64, i386, aarch64;  // numbers; 0: no such call
  const char* name;
  const char* key;
};

CallInfo Info(Call call) {
  switch (call) {
    case Call::kFork:
      return {57, 2, 0, "fork", "pidigree_fork"};
    case Call::kVfork:
      return {58, 190, 0, "vfork", "pidigree_fork"};
    case Call::kClone:
      return {56, 120, 220, "clone", "pidigree_fork"};
    case Call::kClone3:
      return {435, 435, 435, "clone3", "pidigree_fork"};
    case Call::kExecve:
    case Call::kFailedExec:
      return {59, 11, 221, "execve", "pidigree_exec"};
    case Call::kExecveat:
      return {322, 358, 281, "execveat", "pidigree_exec"};
    case Call::kExit:
      return {60, 1, 93, "exit", "pidigree_texit"};
    case Call::kExitGroup:
      return {231, 252, 94, "exit_group", "pidigree_exit"};
    case Call::kKill:
      return {62, 37, 129, "kill", "pidigree_kill"};
    case Call::kWait4:
      return {61, 114, 260, "wait4", "pidigree_reap"};
    case Call::kUnshare:
      return {272, 310, 97, "unshare", "pidigree_ns"};
    case Call::kSetns:
      return {308, 346, 268, "setns", "pidigree_ns"};
    case Call::kOpenat:
      return {257, 295, 56, "openat", "watch"};
    case Call::kConnect:
      return {42, 362, 203, "connect", "pidigree_net"};
    case Call::kLogin:
      return {1, 4, 64, "write", nullptr};
    case Call::kAbend:
    case Call::kUserAuth:
    case Call::kService:
    case Call::kConfigChange:
    case Call::kDaemon:
    case Call::kBoot:
      break;
  }
  return {0, 0, 0, "", nullptr};
}

bool Matches(const HistoryEvent& event, const LogStyle& style) {
  switch (event.call) {
    case Call::kFork:
    case Call::kVfork:
    case Call::kClone:
    case Call::kClone3:
      if (event.other_thread && event.call == Call::kClone && !style.thread_clones) return false;
      return style.rules != AuditRules::kExecOnly;
    case Call::kExecve:
    case Call::kExecveat:
      return true;
    case Call::kFailedExec:
      return style.failed_execs;
    case Call::kExit:
    case Call::kExitGroup:
    case Call::kKill:
    case Call::kWait4:
    case Call::kUnshare:
    case Call::kSetns:
      return style.rules == AuditRules::kFull;
    case Call::kAbend:  // no rule is needed for these
    case Call::kLogin:
    case Call::kUserAuth:
    case Call::kService:
    case Call::kConfigChange:
    case Call::kBoot:
      return true;
    case Call::kDaemon:
      return style.form != LogForm::kKernel;
    case Call::kOpenat:
    case Call::kConnect:
      return style.noise;
  }
  return false;
}

bool NeedsHex(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x21 || byte > 0x7e || byte == '"';
  });
}

void AppendHex(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
}

void AppendUntrusted(std::string& out, std::string_view text) {
  if (NeedsHex(text)) return AppendHex(out, text);
  out.push_back('"');
  out += text;
  out.push_back('"');
}

std::string Label(std::string_view text, uint64_t number) {
  std::string label(text);
  label += std::to_string(number);
  return label;
}

std::string Hex(uint64_t value) {
  char digits[16];
  return {digits, std::to_chars(digits, digits + sizeof digits, value, 16).ptr};
}

// Writes the events one after the other into `text_`; then puts them in the order of arrival.
class Writer {
 public:
  Writer(const History& history, const LogStyle& style)
      : history_(history), style_(style), random_(style.seed), serial_(style.first_serial) {}

  AuditLog Write() && {
    AuditLog log;
    log.written.resize(history_.events.size());
    for (size_t i = 0; i < history_.events.size(); ++i) {
      const HistoryEvent& event = history_.events[i];
      if (!Matches(event, style_)) continue;
      log.written[i] = true;
      begins_.push_back(text_.size());
      barriers_.push_back(event.call == Call::kBoot);
      WriteEvent(event);
    }
    begins_.push_back(text_.size());
    log.text = style_.disorder ? Disorder() : std::move(text_);
    return log;
  }

 private:
  // --- pieces of lines ---------------------------------------------------------------------------

  void Begin(RecordType type) {
    if (style_.form == LogForm::kKernel) {
      text_ += "audit: type=";
      text_ += type.number;
      text_ += " audit(";
    } else {
      if (!style_.node.empty()) text_.append("node=").append(style_.node).append(" ");
      text_ += "type=";
      text_ += type.name;
      text_ += " msg=audit(";
    }
    text_ += id_;
  }
  void End() { text_.push_back('\n'); }
  void Add(std::string_view text) { text_ += text; }
  void Number(std::string_view name, uint64_t value) {
    text_ += name;
    text_ += std::to_string(value);
  }
  bool enriched() const { return style_.form == LogForm::kEnriched; }
  void Enrich(std::string_view name, uint32_t uid) {
    text_ += name;
    text_ += "=\"";
    text_ += UserName(uid);
    text_ += "\"";
  }

  void SetId(int64_t stamp_ms, uint64_t serial) {
    std::string fraction = std::to_string(stamp_ms % 1000);
    id_ = std::to_string(stamp_ms / 1000) + "." + std::string(3 - fraction.size(), '0') + fraction +
          ":" + std::to_string(serial) + "): ";
  }

  static std::string Exe(const TrueImage& image) {
    std::string exe = image.memfd ? "/" : "";
    exe += image.exe;
    if (image.memfd || image.unlinked) exe += " (deleted)";
    return exe;
  }

  void Subject(const HistoryEvent& event) {  // audit_log_task()
    Number("auid=", event.auid);
    Number(" uid=", event.uid);
    Number(" gid=", event.uid);
    Number(" ses=", event.session);
    Add(" subj=unconfined");
    Number(" pid=", event.pid);
    Add(" comm=");
    AppendUntrusted(text_, history_.images[event.image].comm);
    Add(" exe=");
    AppendUntrusted(text_, Exe(history_.images[event.image]));
  }

  void Syscall(const HistoryEvent& event, int items) {
    const CallInfo info = Info(event.call);
    const TrueImage& image = history_.images[event.image];
    Begin(kSyscall);
    static constexpr std::string_view kArch[] = {"c000003e", "40000003", "c00000b7"};
    static constexpr std::string_view kArchNames[] = {"x86_64", "i386", "aarch64"};
    const auto arch = static_cast<size_t>(event.arch);
    const int numbers[] = {info.x86_64, info.i386, info.aarch64};
    Add("arch=");
    Add(kArch[arch]);
    Number(" syscall=", static_cast<uint64_t>(numbers[arch]));
    if (event.arch == Arch::kI386) Add(" per=400000");
    if (event.call != Call::kExit && event.call != Call::kExitGroup) {
      Add(event.success ? " success=yes exit=" : " success=no exit=");
      Add(std::to_string(event.exit));
    }
    static constexpr std::string_view kNames[] = {" a0=", " a1=", " a2=", " a3="};
    for (size_t i = 0; i < 4; ++i) {
      Add(kNames[i]);
      Add(Hex(event.args[i]));
    }
    Number(" items=", static_cast<uint64_t>(items));
    Number(" ppid=", event.ppid);
    Number(" pid=", event.pid);
    Number(" auid=", event.auid);
    Number(" uid=", event.uid);
    Number(" gid=", event.uid);
    for (const char* name : {" euid=", " suid=", " fsuid=", " egid=", " sgid=", " fsgid="})
      Number(name, event.euid);
    Add(event.terminal ? " tty=pts0" : " tty=(none)");
    Number(" ses=", event.session);
    Add(" comm=");
    AppendUntrusted(text_, image.comm);
    Add(" exe=");
    AppendUntrusted(text_, Exe(image));
    Add(" subj=unconfined key=");
    if (info.key)
      AppendUntrusted(text_, info.key);
    else
      Add("(null)");
    if (enriched()) {
      Add("\x1d"
          "ARCH=");
      Add(kArchNames[arch]);
      Add(" SYSCALL=");
      Add(info.name);
      Enrich(" AUID", event.auid);
      for (const char* name : {" UID", " GID"}) Enrich(name, event.uid);
      for (const char* name : {" EUID", " SUID", " FSUID", " EGID", " SGID", " FSGID"})
        Enrich(name, event.euid);
    }
    End();
  }

  void Path(int item, std::string_view name, std::string_view type) {
    Begin(kPath);
    Number("item=", static_cast<uint64_t>(item));
    Add(" name=");
    AppendUntrusted(text_, name);
    Number(" inode=", 131072 + name.size());
    Add(" dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=");
    Add(type);
    Add(" cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0");
    if (enriched()) {
      Enrich("\x1dOUID", 0);
      Enrich(" OGID", 0);
    }
    End();
  }

  void Cwd(std::string_view cwd) {
    Begin(kCwd);
    Add("cwd=");
    AppendUntrusted(text_, cwd);
    End();
  }

  void Tail(const HistoryEvent& event) {
    if (style_.proctitle) {
      std::string title;  // of the first program: frozen at the task's first record
      const TrueImage& image = history_.images[event.image];
      for (const std::string& argument : image.argv) {
        title += argument;
        title.push_back('\0');
      }
      title.resize(std::min<size_t>(title.size() - 1, 128));
      Begin(kProctitle);
      Add("proctitle=");
      AppendUntrusted(text_, title);
      End();
    }
    if (style_.eoe) {
      Begin(kEoe);
      End();
    }
  }

  // audit_log_execve_info(): an argument that does not fit into the rest of its record is cut.
  void Arguments(const std::vector<std::string>& argv) {
    Begin(kExecve);
    Number("argc=", argv.size());
    size_t room = kMaxExecveRecord;
    const auto next_record = [&] {
      End();
      Begin(kExecve);
      room = kMaxExecveRecord;
    };
    for (size_t i = 0; i < argv.size(); ++i) {
      const std::string& argument = argv[i];
      const std::string name = Label(" a", i);
      const bool hex = NeedsHex(argument) || argument.size() > kMaxExecveRecord;
      const size_t size = hex ? 2 * argument.size() : argument.size() + 2;
      if (kExecveScratch + 8 > room) next_record();
      if (size + kExecveScratch <= room) {
        Add(name);
        Add("=");
        AppendUntrusted(text_, argument);
        room -= name.size() + 1 + size;
        continue;
      }
      Add(name);
      Number("_len=", hex ? size : argument.size());
      room -= name.size() + 11;
      size_t done = 0;
      for (size_t piece = 0; done < argument.size(); ++piece) {
        if (kExecveScratch + 8 > room) next_record();
        const std::string label = name + Label("[", piece) + "]=";
        room -= label.size();
        const size_t cut = std::min(argument.size() - done, hex ? room / 2 : room - 2);
        Add(label);
        const std::string_view bytes = std::string_view(argument).substr(done, cut);
        if (hex)
          AppendHex(text_, bytes);
        else
          AppendUntrusted(text_, bytes);
        room -= hex ? 2 * cut : cut + 2;
        done += cut;
      }
    }
    End();
  }

  // --- events ------------------------------------------------------------------------------------

  void WriteExec(const HistoryEvent& event) {
    const TrueImage& image = history_.images[event.image];
    HistoryEvent call = event;
    const bool by_descriptor = event.call == Call::kExecveat;
    if (by_descriptor) {
      call.args[0] = image.memfd ? 3 : 0xffffff9c;
      call.args[3] = 0x5573aa10;
    } else {
      for (uint64_t& argument : call.args) argument = 0x55d0c0de0000 + random_.Below(1 << 20);
    }
    const bool script = image.exe != image.file && !image.memfd;
    Syscall(call, script ? 3 : 2);
    if (random_.OneIn(200)) {
      Begin(kBprmFcaps);
      Add("fver=0 fp=0 fi=0 fe=0 old_pp=0 old_pi=0 old_pe=0 old_pa=0 pp=0 pi=0 pe=0 pa=0 "
          "frootid=0");
      End();
    }
    Arguments(image.argv);
    Cwd(image.cwd);
    int item = 0;
    Path(item++, image.file, "NORMAL");
    if (script) Path(item++, image.exe, "NORMAL");
    Path(item, "/lib64/ld-linux-x86-64.so.2", "NORMAL");
    Tail(event);
  }

  void WriteUser(const HistoryEvent& event) {
    const auto type = std::find_if(std::begin(kUserTypes), std::end(kUserTypes),
                                   [&](const RecordType& t) { return t.name == event.text; });
    Begin(*type);
    Number("pid=", event.pid);
    Number(" uid=", event.uid);
    Number(" auid=", event.auid);
    Number(" ses=", event.session);
    if (event.call == Call::kService)
      Add(" subj=unconfined msg='unit=cron comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" "
          "hostname=? addr=? terminal=? res=success'");
    else
      Add(" subj=unconfined msg='op=PAM:session grantors=pam_permit acct=\"root\" "
          "exe=\"/usr/sbin/sshd\" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh res=success'");
    if (enriched()) {
      Enrich("\x1dUID", event.uid);
      Enrich(" AUID", event.auid);
    }
    End();
  }

  void WriteEvent(const HistoryEvent& event) {
    if (event.call == Call::kDaemon) {
      SetId(event.stamp_ms, daemon_serial_++);
      Begin(kDaemonRotate);
      Add("op=rotate-logs auid=4294967295 pid=1 subj=unconfined res=success");
      if (enriched())
        Enrich(
            "\x1d"
            "AUID",
            kNobody);
      return End();
    }
    if (event.call == Call::kBoot) serial_ = 1 + static_cast<uint32_t>(random_.Below(5));
    SetId(event.stamp_ms, serial_++);
    switch (event.call) {
      case Call::kExecve:
      case Call::kExecveat:
        return WriteExec(event);
      case Call::kFailedExec:
        Syscall(event, 1);
        Cwd("/");
        Path(0, event.text, "UNKNOWN");
        return Tail(event);
      case Call::kKill: {
        Syscall(event, 0);
        const TrueProcess& victim = history_.processes[event.other];
        const int32_t image = victim.images.empty() ? victim.birth_image : victim.images.back();
        Begin(kObjPid);
        Number("opid=", victim.pid);
        Add(" oauid=-1 ouid=0 oses=-1 obj=unconfined ocomm=");
        AppendUntrusted(text_, history_.images[image].comm);
        if (enriched()) {
          Enrich("\x1dOAUID", kNobody);
          Enrich(" OUID", 0);
        }
        End();
        return Tail(event);
      }
      case Call::kFork:
      case Call::kVfork:
      case Call::kClone:
      case Call::kClone3:
      case Call::kExit:
      case Call::kExitGroup:
      case Call::kWait4:
      case Call::kUnshare:
      case Call::kSetns:
        Syscall(event, 0);
        return Tail(event);
      case Call::kOpenat:
        if (!event.success) {
          Begin(kAvc);
          Number("avc:  denied  { read } for  pid=", event.pid);
          Add(" comm=");
          AppendUntrusted(text_, history_.images[event.image].comm);
          Add(" name=\"shadow\" dev=\"sda1\" ino=1311 scontext=system_u:system_r:x_t:s0 "
              "tcontext=system_u:object_r:shadow_t:s0 tclass=file permissive=0");
          End();
        }
        Syscall(event, 1);
        Cwd(event.text);
        Path(0, "/etc/passwd", event.success ? "NORMAL" : "UNKNOWN");
        return Tail(event);
      case Call::kConnect:
        Syscall(event, 0);
        Begin(kSockaddr);
        Add("saddr=02000050C00002070000000000000000");
        if (enriched()) Add("\x1dSADDR={ saddr_fam=inet laddr=192.0.2.7 lport=80 }");
        End();
        return Tail(event);
      case Call::kAbend:
        Begin(kAbend);
        Subject(event);
        Add(" sig=11 res=1");
        if (enriched()) {
          Enrich(
              "\x1d"
              "AUID",
              event.auid);
          for (const char* name : {" UID", " GID"}) Enrich(name, event.uid);
        }
        return End();
      case Call::kLogin: {
        Begin(kLogin);
        Number("pid=", event.pid);
        Number(" uid=", event.uid);
        Number(" subj=unconfined old-auid=", event.old_auid);
        Number(" auid=", event.auid);
        Number(" tty=(none) old-ses=", event.old_session);
        Number(" ses=", event.session);
        Add(" res=1");
        if (enriched()) {
          Enrich("\x1dUID", event.uid);
          Enrich(" OLD-AUID", event.old_auid);
          Enrich(" AUID", event.auid);
        }
        End();
        if (!TellsPpid(event)) return;
        Syscall(event, 0);
        return Tail(event);
      }
      case Call::kUserAuth:
      case Call::kService:
        return WriteUser(event);
      case Call::kConfigChange:
        Begin(kConfigChange);
        Add("auid=4294967295 ses=4294967295 subj=unconfined op=set audit_backlog_limit=8192 old=64 "
            "res=1");
        if (enriched())
          Enrich(
              "\x1d"
              "AUID",
              kNobody);
        return End();
      case Call::kBoot:
        Begin(kSystemBoot);
        Add("pid=290 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg=' "
            "comm=\"systemd-update-utmp\" exe=\"/usr/lib/systemd/systemd-update-utmp\" hostname=? "
            "addr=? terminal=? res=success'");
        if (enriched()) {
          Enrich("\x1dUID", 0);
          Enrich(" AUID", kNobody);
        }
        return End();
      case Call::kDaemon:
        return;
    }
  }

  // --- order of arrival --------------------------------------------------------------------------

  std::string_view TakeLine(size_t event, size_t& at) const {
    const size_t end = text_.find('\n', at) + 1;
    const std::string_view line = std::string_view(text_).substr(at, end - at);
    at = end > begins_[event + 1] ? begins_[event + 1] : end;
    return line;
  }

  std::string Disorder() {
    const size_t count = begins_.size() - 1;
    std::vector<size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = 0; i + 6 < count; ++i) {  // one event in a thousand comes some places late
      if (!random_.OneIn(1000)) continue;
      const size_t late = random_.Between(1, 4);
      if (std::any_of(&barriers_[i], &barriers_[i] + late + 1, [](char b) { return b; })) continue;
      std::rotate(order.begin() + static_cast<ptrdiff_t>(i),
                  order.begin() + static_cast<ptrdiff_t>(i) + 1,
                  order.begin() + static_cast<ptrdiff_t>(i + late) + 1);
      i += late;
    }
    std::string out;
    out.reserve(text_.size());
    for (size_t i = 0; i < count; ++i) {
      size_t a = begins_[order[i]];
      const size_t a_end = begins_[order[i] + 1];
      const bool mix = i + 1 < count && random_.Below(200) < 7 && !barriers_[order[i]] &&
                       !barriers_[order[i + 1]];
      if (!mix) {
        out.append(text_, a, a_end - a);
        continue;
      }
      ++i;
      size_t b = begins_[order[i]];
      const size_t b_end = begins_[order[i] + 1];
      while (a < a_end || b < b_end) {
        const bool first = b == b_end || (a < a_end && random_.OneIn(2));
        out += first ? TakeLine(order[i - 1], a) : TakeLine(order[i], b);
      }
    }
    return out;
  }

  const History& history_;
  const LogStyle& style_;
  Random random_;
  uint32_t serial_;
  uint32_t daemon_serial_ = 5000;
  std::string id_;
  std::string text_;
  std::vector<size_t> begins_;  // of each written event in text_; one more for the end
  std::vector<char> barriers_;  // nothing is moved across it
};

}  // namespace

bool TellsPpid(const HistoryEvent& event) {
  switch (event.call) {
    case Call::kLogin:
      return event.session % 2 == 0;  // older kernels make no SYSCALL record for it
    case Call::kAbend:
    case Call::kUserAuth:
    case Call::kService:
    case Call::kConfigChange:
    case Call::kDaemon:
    case Call::kBoot:
      return false;
    case Call::kFork:
    case Call::kVfork:
    case Call::kClone:
    case Call::kClone3:
    case Call::kExecve:
    case Call::kExecveat:
    case Call::kFailedExec:
    case Call::kExit:
    case Call::kExitGroup:
    case Call::kKill:
    case Call::kWait4:
    case Call::kUnshare:
    case Call::kSetns:
    case Call::kOpenat:
    case Call::kConnect:
      return true;
  }
  return false;
}

std::string UserName(uint32_t uid) {
  switch (uid) {
    case 0:
      return "root";
    case 33:
      return "www-data";
    case 1000:
      return "alice";
    case 1001:
      return "bob";
    case kNobody:
      return "unset";
    default:
      return Label("unknown(", uid) + ")";
  }
}

AuditLog WriteAuditLog(const History& history, const LogStyle& style) {
  return Writer(history, style).Write();
}

std::string TruthAsJson(const History& history, const AuditLog& log) {
  std::string out;
  for (size_t i = 0; i < history.processes.size(); ++i) {
    const TrueProcess& process = history.processes[i];
    out += "{\"process\":" + std::to_string(i) + ",\"boot\":" + std::to_string(process.boot) +
           ",\"pid\":" + std::to_string(process.pid) +
           ",\"parent\":" + std::to_string(process.parent) +
           ",\"born_ms\":" + std::to_string(process.born_ms) +
           ",\"died_ms\":" + std::to_string(process.died_ms) +
           ",\"before_log\":" + (process.before_log ? "true" : "false") +
           ",\"makes_records\":" + (process.makes_records ? "true" : "false") +
           ",\"born_inside\":" + (process.born_inside ? "true" : "false") + "}\n";
  }
  for (size_t i = 0; i < history.events.size(); ++i) {
    const HistoryEvent& event = history.events[i];
    if (!IsExec(event.call) || !log.written[i]) continue;
    out += "{\"exec\":\"" + history.images[event.image].Token() +
           "\",\"process\":" + std::to_string(event.process) +
           ",\"pid\":" + std::to_string(event.pid) +
           ",\"stamp_ms\":" + std::to_string(event.stamp_ms) +
           ",\"ppid\":" + std::to_string(event.ppid) +
           ",\"ppid_means\":" + std::to_string(event.ppid_process) + "}\n";
  }
  return out;
}

}  // namespace pidigree
