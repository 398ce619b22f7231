#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/printable.h"
#include "src/base/utc_text.h"
#include "src/cli/commands.h"
#include "src/cli/destination_spec.h"
#include "src/cli/load_rules.h"
#include "src/cli/make_serializer.h"
#include "src/cli/messages.h"
#include "src/cli/parse_size.h"
#include "src/cli/progress_line.h"
#include "src/cli/stop_signals.h"
#include "src/cli/translate_summary.h"
#include "src/enrich/user_names.h"
#include "src/pipeline/translate_pipeline.h"
#include "src/records/log_engine.h"
#include "src/sink/file_sink.h"
#include "src/source/audit/log_input.h"

namespace pidigree {
namespace {

constexpr char kStandardInput[] = "-";
constexpr char kStandardOutput[] = "-";
constexpr char kOwnLogs[] = "/var/log/audit/";
constexpr char kOwnPasswd[] = "/etc/passwd";

// The serial stages keep no more than this busy, and each thread has buffers of its own.
constexpr unsigned kMaxThreads = 4;

constexpr char kFiles[] = "FILE";
constexpr char kNode[] = "--node";

constexpr uint64_t kLeastMaxMemory = uint64_t{64} << 20;

Result<std::optional<UtcTime>> TimeOption(const Arguments& arguments, const std::string& name) {
  if (!arguments.Has(name)) return std::nullopt;
  const std::string text = arguments.Get(name);
  const auto ns = ParseUtcTime(text);
  if (!ns)
    return Fail(ErrorCode::kUsage, name + ": '" + text +
                                       "' is no time such as 2026-11-23T16:59:04Z or "
                                       "'2026-11-23 16:59'");
  return UtcTime{*ns};
}

Result<> CheckMaxMemory(const std::string& text) {
  Result<uint64_t> bytes = ParseSize(text);
  // What ends in a digit has no unit, and must be as much as a decimal number.
  if (bytes && std::isdigit(text[text.find_last_not_of(" \t\n\v\f\r")]) != 0)
    *bytes = std::strtoull(text.c_str(), nullptr, 10);
  if (bytes && *bytes >= kLeastMaxMemory) return {};
  return Fail(ErrorCode::kUsage, "'" + text + "' is no size of 64M or more, such as 512M");
}

// How --max-memory is shared out. Less than usual makes chunks smaller and shortens the window that
// events wait in, too.
struct MemoryShares {
  explicit MemoryShares(uint64_t max_memory) {
    input.read_bytes = std::min<size_t>(input.read_bytes, max_memory / 1024);
    window.look_ahead_bytes = std::min(window.look_ahead_bytes, max_memory / 8);
    window.look_ahead_events = std::min<size_t>(window.look_ahead_events, max_memory / 2048);
    // A window of short records takes half as much again as their text.
    const uint64_t left = max_memory - kProgramBytes - kBytesPerChunkByte * input.read_bytes -
                          window.look_ahead_bytes * 3 / 2;
    // The table would not give back what it has taken once the hosts come.
    table_bytes = left - std::min(window.max_nodes * kHostBytes, left * 2 / 3);
  }

  LogInputOptions input;
  AssemblerLimits window;
  uint64_t table_bytes;

 private:
  static constexpr uint64_t kProgramBytes = uint64_t{8} << 20;
  static constexpr uint64_t kBytesPerChunkByte = 64;  // of text, records and lines under way
  static constexpr uint64_t kHostBytes = 512;         // of the assembler and the lineage
};

// Whether all of `files` that exist are surely what auditd of this machine wrote. A pipe has no
// path that could say so.
bool AreOwnLogs(const std::vector<std::string>& files) {
  return std::all_of(files.begin(), files.end(), [](const std::string& file) {
    if (file == kStandardInput) return false;
    const std::unique_ptr<char, decltype(&std::free)> path(realpath(file.c_str(), nullptr),
                                                           &std::free);
    return path ? std::string_view(path.get()).starts_with(kOwnLogs)
                : access(file.c_str(), F_OK) != 0;
  });
}

// What --node says.
struct Hosts {
  std::string all;                             // of records that name none; empty: not said
  std::map<std::string, std::string> by_file;  // likewise of one file
};

Result<Hosts> HostsOf(const Arguments& arguments) {
  Hosts hosts;
  for (const std::string& node : arguments.All(kNode)) {
    const size_t equals = node.find('=');
    const std::string name = node.substr(0, equals);
    if (name.empty() || equals + 1 == node.size())
      return Fail(ErrorCode::kUsage, std::string(kNode).append(": '").append(node).append(
                                         "' is neither NAME nor NAME=FILE"));
    std::string& host = equals == node.npos ? hosts.all : hosts.by_file[node.substr(equals + 1)];
    if (!host.empty() && host != name)
      return Fail(ErrorCode::kUsage,
                  std::string(kNode).append(": both ").append(host).append(" and ").append(name));
    host = name;
  }
  return hosts;
}

Result<LogEngineOptions> EngineOptionsOf(const Arguments& arguments, const std::string& node,
                                         bool own_logs) {
  const auto since = TimeOption(arguments, "--since");
  if (!since) return Fail(since.error());
  const auto until = TimeOption(arguments, "--until");
  if (!until) return Fail(until.error());
  if (*since && *until && **until <= **since)
    return Fail(ErrorCode::kUsage, "--until: must be later than --since");
  LogEngineOptions options;
  options.lineage.node_name = node;
  options.lineage.own_logs = own_logs;
  options.records.since = *since;
  options.records.until = *until;
  return options;
}

// The names of users that were asked for, or are known without. Nothing, having said why, if those
// that were asked for cannot be had.
std::optional<PasswdNames> Users(const std::string& passwd, bool own_logs) {
  const bool asked = !passwd.empty();
  if (!asked && !own_logs) return PasswdNames();
  Result<PasswdNames> names = ReadPasswd(asked ? passwd : kOwnPasswd);
  if (!names) {
    Complain((asked ? "" : "users are printed as numbers: ") + Printable(names.error().message));
    if (asked) return std::nullopt;
    return PasswdNames();
  }
  if (asked && names->empty()) {
    Complain(Printable(passwd) + " has no line like those of /etc/passwd");
    return std::nullopt;
  }
  return std::move(*names);
}

// All logs are held open from the start, and there may be more than the usual 1024.
void AllowManyFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Tells the problems of `input` from number `first` on; returns how many there are in all.
size_t TellProblems(const LogInput& input, size_t first) {
  for (size_t i = first; i < input.problems().size(); ++i)
    Complain(Printable(input.problems()[i].message));
  return input.problems().size();
}

Result<std::vector<std::string>> Inputs(const Arguments& arguments, const Hosts& hosts) {
  std::vector<std::string> files;
  for (const auto& [file, host] : hosts.by_file) files.push_back(file);
  const std::vector<std::string> nameless = arguments.All(kFiles);
  files.insert(files.end(), nameless.begin(), nameless.end());
  if (files.empty() && isatty(STDIN_FILENO) == 1)
    return Fail(ErrorCode::kUsage,
                std::string(kFiles) + " (standard input is a terminal) is required");
  if (files.empty()) files = {kStandardInput};
  return files;
}

// Ready to be written to; it is none of `inputs`.
Result<FileSink> OpenOutput(const std::string& output, const std::vector<std::string>& inputs) {
  Result<FileSink> sink = FileSink::Open(output);
  if (!sink) return sink;
  const auto same =
      std::ranges::find_if(inputs, [&](const std::string& file) { return sink->IsSameFile(file); });
  if (same != inputs.end())
    return Fail(ErrorCode::kSystem, "output " + output + " is also an input: " + *same);
  if (const Result<> started = sink->Start(); !started) return Fail(started.error());
  return sink;
}

// Translates everything, with a line of progress where somebody can see it.
Result<> Run(LogInput& input, const std::string& output, TranslatePipeline& pipeline) {
  // Events on the same terminal show well enough how far the work is.
  const bool shares_terminal = output == kStandardOutput && isatty(STDOUT_FILENO) == 1;
  ProgressLine progress(input.total_bytes(), isatty(STDERR_FILENO) == 1 && !shares_terminal);
  pipeline.OnProgress([&](uint64_t events) { progress.Update(input.consumed_bytes(), events); });
  std::optional<StopSignals> stop_signals;
  if (input.has_live()) stop_signals.emplace(input.stop_fd());
  Result<> written = pipeline.Run();
  progress.Erase();
  return written;
}

// Returns whether every input had a record.
bool TellWhatLogsLack(const AuditLogSource& source) {
  const std::vector<std::string> empty = source.InputsWithoutRecords();
  for (const std::string& file : empty) Complain(Printable(file) + " holds no audit record");
  const AuditStatistics& audit = source.statistics();
  if (audit.events > 0 && audit.execs == 0)
    Complain(
        "no record tells of a program that was started: the host that logged lacks the rule '-a "
        "always,exit -F arch=b64 -S execve,execveat', or another before it, such as '-a "
        "never,task', silences it; see docs/audit-rules.md");
  for (const std::string& file : audit.files_apart)
    Complain(Printable(file) +
             " names no host and runs beside another log: it is taken for another host's; --node "
             "NAME=FILE says whose it is, --node NAME that all are of one host");
  return empty.empty();
}

Result<int> RunTranslate(const Arguments& arguments) {
  const Result<Hosts> hosts = HostsOf(arguments);
  if (!hosts) return Fail(hosts.error());
  const Result<std::vector<std::string>> files = Inputs(arguments, *hosts);
  if (!files) return Fail(files.error());
  const bool own_logs = !arguments.Has(kNode) && AreOwnLogs(*files);
  Result<LogEngineOptions> options = EngineOptionsOf(arguments, hosts->all, own_logs);
  if (!options) return Fail(options.error());
  const Result<uint64_t> max_memory = ParseSize(arguments.Get("--max-memory"));
  if (!max_memory) return Fail(max_memory.error());
  std::shared_ptr<const RuleSet> rules;
  std::vector<FieldSize> field_sizes;
  if (const std::string config = arguments.Get("--config"); !config.empty()) {
    rules = LoadRules(config, ConfigWarnings::kHide);
    if (rules == nullptr) return kExitFailed;
    field_sizes = rules->config().field_sizes;
  }
  std::optional<PasswdNames> users = Users(arguments.Get("--passwd"), options->lineage.own_logs);
  if (!users) return kExitFailed;
  options->lineage.users = std::move(*users);

  AllowManyFiles();
  MemoryShares memory(*max_memory);
  memory.window.one_host = own_logs || !hosts->all.empty();
  LogInput input(*files, memory.input, hosts->by_file);
  size_t problems = TellProblems(input, 0);
  if (input.files().empty()) return kExitFailed;
  const std::string output = arguments.Get("--output");
  Result<FileSink> sink = OpenOutput(output, *files);
  if (!sink) return Fail(sink.error());

  options->lineage.max_table_bytes = memory.table_bytes;
  const auto start = std::chrono::steady_clock::now();
  LogEngine log(std::move(*options));
  log.engine.SetPolicy({.filter = rules});
  const auto serializer =
      MakeSerializer(FormatOf(arguments.Get("--format")), Writer{}, field_sizes);
  const unsigned threads = std::min(UsableCpus(), kMaxThreads);
  AuditLogSource source(input, memory.window, SlotsFor(threads));
  TranslatePipeline pipeline({source, log, *serializer, *sink}, threads);
  const Result<> written = Run(input, output, pipeline);

  problems += TellProblems(input, problems) - problems;
  for (const std::string& warning : log.lineage.warnings()) Complain(Printable(warning));
  if (!written) return Fail(written.error());
  const bool told_all = TellWhatLogsLack(source);
  const auto time = std::chrono::steady_clock::now() - start;
  std::fputs(TranslateSummary({input, source, log.engine.counters(), pipeline, time}).c_str(),
             stderr);
  return problems > 0 || !told_all ? kExitFailed : kExitDone;
}

}  // namespace

Command TranslateCommand() {
  return {
      .name = "translate",
      .description = "Translate audit logs into Sysmon events",
      .options =
          {{.name = kFiles,
            .help =
                "Audit logs, plain or compressed, rotated ones in any order; - for standard input, "
                "which is also read if there is none",
            .repeatable = true},
           {.name = "--config",
            .type = "FILE",
            .help = "Sysmon configuration whose rules say what to write; without one all is",
            .last_counts = true},
           {.name = "--format",
            .help = "Form of the events",
            .default_value = "xml",
            .choices = {"xml", "json"}},
           {.name = "--output",
            .type = "PATH",
            .help = "File to write to; - for standard output",
            .default_value = kStandardOutput,
            .check = CheckOutputPath},
           {.name = kNode,
            .type = "NAME|NAME=FILE",
            .help =
                "Host of all records that name none; with FILE, one more to read, of its records",
            .repeatable = true},
           {.name = "--passwd", .type = "FILE", .help = "Names of users; a file like /etc/passwd"},
           {.name = "--since",
            .type = "TIME",
            .help = "Write only events from this time on; UTC if it has no offset"},
           {.name = "--until",
            .type = "TIME",
            .help = "Write only events before this time; UTC if it has no offset"},
           {.name = "--max-memory",
            .type = "SIZE",
            .help = "Most memory to use, such as 512M",
            .default_value = "256M",
            .check = CheckMaxMemory}},
      .run = RunTranslate,
  };
}

}  // namespace pidigree
