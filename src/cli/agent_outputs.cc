#include "src/cli/agent_outputs.h"

#include <optional>
#include <string_view>
#include <utility>

#include "src/cli/agent_paths.h"
#include "src/cli/messages.h"
#include "src/sink/append_file_sink.h"
#include "src/sink/journald_limit.h"
#include "src/sink/syslog_sink.h"

namespace pidigree {
namespace {

constexpr std::string_view kSyslogScheme = "syslog://";

// The socket that `destination` means; nullopt if it is no log daemon.
std::optional<std::string> SyslogPath(std::string_view destination) {
  if (destination == "syslog") return kDefaultLog;
  if (!destination.starts_with(kSyslogScheme)) return std::nullopt;
  return std::string(destination.substr(kSyslogScheme.size()));
}

std::unique_ptr<LineSink> OpenSyslog(const std::string& path) {
  auto sink = std::make_unique<SyslogSink>(path);
  if (const Result<> connected = sink->Connect(); !connected)
    Complain(Printable(connected.error().message) +
             "; events are lost and counted until a log daemon is there");
  if (const auto limit = FindJournaldLimit(path))
    Complain("journald drops what is beyond " + std::to_string(limit->burst) + " events in " +
             Printable(limit->interval) +
             ", and nobody counts them: lift RateLimitIntervalSec= and RateLimitBurst= as "
             "docs/run.md says");
  return sink;
}

}  // namespace

Result<std::vector<std::unique_ptr<LineSink>>> OpenOutputs(
    const std::vector<std::string>& destinations) {
  std::vector<std::unique_ptr<LineSink>> sinks;
  for (const std::string& destination : destinations) {
    if (const auto path = SyslogPath(destination)) {
      if (!path->starts_with('/'))
        return Fail(ErrorCode::kUsage, "'" + destination + "' is not syslog:///PATH");
      sinks.push_back(OpenSyslog(*path));
      continue;
    }
    if (destination.empty() || destination.find("://") != destination.npos)
      return Fail(
          ErrorCode::kUsage,
          "'" + destination + "' is none of syslog, syslog:///PATH, - and the path of a file");
    Result<AppendFileSink> file = AppendFileSink::Open(destination);
    if (!file) return Fail(file.error());
    sinks.push_back(std::make_unique<AppendFileSink>(std::move(*file)));
  }
  return sinks;
}

}  // namespace pidigree
