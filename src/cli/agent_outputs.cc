#include "src/cli/agent_outputs.h"

#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "src/cli/make_serializer.h"
#include "src/cli/messages.h"
#include "src/sink/append_file_sink.h"
#include "src/sink/journald_limit.h"
#include "src/sink/syslog_sink.h"

namespace pidigree {
namespace {

std::unique_ptr<LineSink> OpenSyslog(const std::string& path) {
  auto sink = std::make_unique<SyslogSink>(path);
  if (const Result<> connected = sink->Connect(); !connected)
    Complain(Printable(connected.error().message) + "; events wait until a log daemon is there");
  if (const auto limit = FindJournaldLimit(path))
    Complain("journald drops what is beyond " + std::to_string(limit->burst) + " events in " +
             Printable(limit->interval) +
             ", and nobody counts them: lift RateLimitIntervalSec= and RateLimitBurst= as "
             "docs/outputs.md says");
  return sink;
}

// The group `name`, which becomes one of ours: an owner may give his files to any of these, also
// when we have no privileges any more.
Result<gid_t> JoinGroup(const std::string& name) {
  errno = 0;
  const group* found = getgrnam(name.c_str());
  if (found == nullptr) return Fail(ErrorCode::kUsage, "there is no group '" + name + "'");
  const gid_t gid = found->gr_gid;
  std::vector<gid_t> groups(static_cast<size_t>(std::max(getgroups(0, nullptr), 0)));
  if (getgroups(static_cast<int>(groups.size()), groups.data()) < 0)
    return FailErrno(errno, "read the groups of this process");
  groups.push_back(gid);
  if (setgroups(groups.size(), groups.data()) != 0)
    return FailErrno(errno, "join the group " + name);
  return gid;
}

// `taken`: files that it must not be.
Result<std::unique_ptr<LineSink>> OpenFile(const DestinationSpec& spec, const std::string& text,
                                           std::vector<FileId>& taken) {
  AppendFileOptions options;
  options.mode = spec.mode;
  if (spec.group) {
    const Result<gid_t> gid = JoinGroup(*spec.group);
    if (!gid) return Fail(gid.error());
    options.group = *gid;
  }
  const bool is_output = spec.place == DestinationSpec::Place::kStandardOutput;
  Result<AppendFileSink> file = AppendFileSink::Open(is_output ? "-" : spec.path, options);
  if (!file) return Fail(file.error());
  if (const auto& id = file->file()) {
    if (std::ranges::find(taken, *id) != taken.end())
      return Fail(ErrorCode::kUsage,
                  "'" + text + "' is the configuration, or the same file as another output");
    taken.push_back(*id);
  }
  return std::make_unique<AppendFileSink>(std::move(*file));
}

}  // namespace

Result<std::vector<OpenOutput>> OpenOutputs(const std::vector<std::string>& destinations,
                                            const std::string& configuration) {
  std::vector<OpenOutput> outputs;
  for (const std::string& destination : destinations) {
    Result<DestinationSpec> spec = ParseDestination(destination);
    if (!spec) return Fail(spec.error());
    const bool is_there = std::ranges::any_of(outputs, [&](const OpenOutput& other) {
      return other.spec.place == spec->place && other.spec.path == spec->path;
    });
    if (is_there)
      return Fail(ErrorCode::kUsage, "'" + destination + "' is the same place as another output");
    outputs.push_back({std::move(*spec), nullptr});
  }
  std::vector<FileId> taken;
  if (const FileStamp stamp = StampOf(configuration); stamp != FileStamp())
    taken.push_back({stamp.device, stamp.inode});
  for (size_t i = 0; i < outputs.size(); ++i) {
    OpenOutput& output = outputs[i];
    if (output.spec.place == DestinationSpec::Place::kSyslog) {
      output.sink = OpenSyslog(output.spec.path);
      continue;
    }
    auto file = OpenFile(output.spec, destinations[i], taken);
    if (!file) return Fail(file.error());
    output.sink = std::move(*file);
  }
  return outputs;
}

Result<std::vector<DestinationSetup>> SetUpOutputs(std::vector<OpenOutput> outputs,
                                                   const std::string& format,
                                                   const StateDirectory& state) {
  std::vector<DestinationSetup> setups;
  for (OpenOutput& output : outputs) {
    const DestinationSpec& spec = output.spec;
    const std::string name = output.sink->name();
    Result<RecordIds> ids = RecordIds::Open(state.record_ids(name));
    if (!ids) return Fail(ids.error());
    setups.push_back(
        {.sink = std::move(output.sink),
         .format = FormatOf(spec.format.value_or(format)),
         .max_line_bytes = spec.max_line_bytes.value_or(0),
         .queue = {.events = spec.events, .bytes = spec.queue_bytes, .drop = spec.drop},
         .ids = std::move(*ids),
         .untold_path = state.untold_losses(name)});
  }
  return setups;
}

}  // namespace pidigree
