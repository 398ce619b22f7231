#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/parse_number.h"
#include "src/base/printable.h"
#include "src/base/utc_text.h"
#include "src/cli/commands.h"
#include "src/cli/messages.h"
#include "src/enrich/host_identity.h"
#include "src/enrich/live_process.h"
#include "src/event/guid.h"

namespace pidigree {
namespace {

constexpr uint64_t kTicksPerSecond = 100;
constexpr int64_t kNsPerTick = 10'000'000;
constexpr int64_t kNsPerSecond = 1'000'000'000;

std::optional<uint32_t> ParsePid(std::string_view text) {
  uint32_t pid = 0;
  return ParseNumber(text, pid) && pid != 0 ? std::optional(pid) : std::nullopt;
}

std::string Hex(uint32_t number) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", number);
  return text;
}

std::string StartText(const Guid& guid) {
  if (guid.boot() != 0) {
    char fraction[4];
    std::snprintf(fraction, sizeof fraction, ".%02u",
                  static_cast<unsigned>(guid.start() % kTicksPerSecond));
    return std::to_string(guid.start() / kTicksPerSecond) + fraction + " s after boot";
  }
  // 2262-04-11: later stamps are beyond the times that we can print.
  constexpr uint64_t kLastTick = 922'337'203'685;
  if (guid.start() > kLastTick) return std::to_string(guid.start()) + " / 100 s after 1970";
  std::string text = UtcText(static_cast<int64_t>(guid.start()) * kNsPerTick);
  text.pop_back();  // hundredths are what a GUID knows
  return text + " UTC, of its first record";
}

// A ProcessGuid and a LogonGuid have the same digits. Whether `guid` may be a logon's: its login
// uid takes the low byte of a process's start, and of a log no logon has zeros for its boot.
bool MayBeLogon(const Guid& guid) {
  return guid.boot() == 0 ? guid.low == 0 : (guid.start() & 0xff) == 0;
}

std::string LogonText(const Guid& guid) {
  if (guid.low == 0 && guid.boot() == 0) return "as LogonGuid: of no login session\n";
  return "as LogonGuid:\nsession  " + std::to_string(guid.low >> 32) + "\nlogin    uid " +
         std::to_string(static_cast<uint32_t>(guid.low)) + "\nfirst    " +
         UtcText(int64_t{guid.boot()} * kNsPerSecond).substr(0, kUtcMillisecondsSize - 4) +
         " UTC, if it comes from a log: that stands for the boot there\n";
}

// Takes `guid` apart as a ProcessGuid, with what this host knows of it.
std::string DescribeProcess(const Guid& guid) {
  const auto machine = ReadMachineId32();
  const auto boot = ReadBootId32();
  const bool here = machine && *machine == guid.machine();
  const bool now = boot && *boot == guid.boot();
  std::string text = "machine  " + Hex(guid.machine()) + (here ? "  this one" : "") + "\n";
  if (guid.boot() == 0)
    text += "boot     not known: the process was found in a log\n";
  else
    text += "boot     " + Hex(guid.boot()) + (here && now ? "  the present one" : "") + "\n";
  text += "start    " + StartText(guid) + "\n";
  text += "pid      " + std::to_string(guid.pid()) + "\n";
  if (!here || !now) return text;
  const Result<LiveProcess> live = FindLiveProcess(guid.pid());
  if (live && live->guid == guid)
    text += "running  now, as " + Printable(live->comm) + "\n";
  else if (live || live.error().code == ErrorCode::kNotFound)
    text += "running  no more\n";
  else
    text += "running  not known: " + Printable(live.error().message) + "\n";
  return text;
}

std::string Describe(const Guid& guid) {
  if (!MayBeLogon(guid)) return DescribeProcess(guid);
  if (guid.low == 0) return LogonText(guid);
  return "as ProcessGuid:\n" + DescribeProcess(guid) + LogonText(guid);
}

constexpr char kSubject[] = "PID|{GUID}";

Result<int> RunGuid(const Arguments& arguments) {
  const std::string subject = arguments.Get(kSubject);
  if (const auto guid = ParseTypedGuid(subject))
    return PrintOut(Describe(*guid)) ? kExitDone : kExitFailed;
  const auto pid = ParsePid(subject);
  if (!pid)
    return Fail(ErrorCode::kUsage,
                std::string(kSubject) + ": '" + subject + "' is neither a process id nor a GUID");
  const Result<LiveProcess> process = FindLiveProcess(*pid);
  if (!process) return Fail(process.error());
  return PrintOut(FormatGuid(process->guid) + "\n") ? kExitDone : kExitFailed;
}

}  // namespace

Command GuidCommand() {
  return {
      .name = "guid",
      .description = "Print the GUID of a live process, or take a GUID apart",
      .options = {{.name = kSubject,
                   .help = "A process of this host, or a GUID, with or without its braces",
                   .required = true}},
      .run = RunGuid,
  };
}

}  // namespace pidigree
