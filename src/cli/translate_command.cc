#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/printable.h"
#include "src/base/utc_text.h"
#include "src/cli/commands.h"
#include "src/cli/load_rules.h"
#include "src/cli/messages.h"
#include "src/cli/progress_line.h"
#include "src/cli/stop_signals.h"
#include "src/cli/translate_summary.h"
#include "src/enrich/log_lineage.h"
#include "src/enrich/user_names.h"
#include "src/pipeline/translate_pipeline.h"
#include "src/serialize/field_size_serializer.h"
#include "src/serialize/json_serializer.h"
#include "src/serialize/xml_serializer.h"
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

constexpr uint64_t kLeastMaxMemory = uint64_t{64} << 20;
constexpr uint64_t kDefaultMaxMemory = uint64_t{256} << 20;

struct TranslateOptions {
  std::vector<std::string> files;
  std::string config;
  std::string format = "xml";
  std::string output = kStandardOutput;
  std::string node;
  std::string passwd;
  std::optional<std::string> since;
  std::optional<std::string> until;
  uint64_t max_memory = kDefaultMaxMemory;
};

std::optional<UtcTime> TimeOption(const char* name, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto ns = ParseUtcTime(*text);
  if (!ns) {
    throw CLI::ValidationError(
        name, "'" + *text + "' is no time such as 2026-11-23T16:59:04Z or '2026-11-23 16:59'");
  }
  return UtcTime{*ns};
}

// A CLI::Validator's function: replaces a size such as "512M" by its number of bytes; returns what
// is wrong with it.
std::string TakeSize(std::string& text) {
  const std::string wrong = "'" + text + "' is no size of 64M or more, such as 512M";
  try {
    if (!CLI::AsSizeValue(false)(text).empty()) return wrong;
  } catch (const CLI::Error&) {
    return wrong;
  }
  return std::strtoull(text.c_str(), nullptr, 10) < kLeastMaxMemory ? wrong : "";
}

std::string RefuseEmpty(const std::string& text) { return text.empty() ? "is empty" : ""; }

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

// Whether all of `files` that exist are what auditd of this machine wrote.
bool AreOwnLogs(const std::vector<std::string>& files) {
  return std::all_of(files.begin(), files.end(), [](const std::string& file) {
    if (file == kStandardInput) return false;
    const std::unique_ptr<char, decltype(&std::free)> path(realpath(file.c_str(), nullptr),
                                                           &std::free);
    return !path || std::string_view(path.get()).starts_with(kOwnLogs);
  });
}

LogLineageOptions LineageOptions(const TranslateOptions& options) {
  LogLineageOptions lineage;
  lineage.node_name = options.node;
  lineage.own_logs = AreOwnLogs(options.files);
  lineage.since = TimeOption("--since", options.since);
  lineage.until = TimeOption("--until", options.until);
  if (lineage.since && lineage.until && *lineage.until <= *lineage.since)
    throw CLI::ValidationError("--until", "must be later than --since");
  return lineage;
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

int RunTranslate(TranslateOptions options) {
  if (options.files.empty()) {
    if (isatty(STDIN_FILENO) == 1) throw CLI::RequiredError("FILE (standard input is a terminal)");
    options.files = {kStandardInput};
  }
  LogLineageOptions lineage_options = LineageOptions(options);
  std::shared_ptr<const RuleSet> rules;
  if (!options.config.empty()) {
    rules = LoadRules(options.config, ConfigWarnings::kHide);
    if (rules == nullptr) return kExitFailed;
    lineage_options.filter = rules.get();
  }
  std::optional<PasswdNames> users = Users(options.passwd, lineage_options.own_logs);
  if (!users) return kExitFailed;
  lineage_options.users = std::move(*users);

  AllowManyFiles();
  const MemoryShares memory(options.max_memory);
  LogInput input(options.files, memory.input);
  size_t problems = TellProblems(input, 0);
  if (input.files().empty()) return kExitFailed;

  Result<FileSink> sink = FileSink::Open(options.output);
  if (!sink) {
    Complain(Printable(sink.error().message));
    return kExitFailed;
  }
  for (const std::string& file : options.files) {
    if (!sink->IsSameFile(file)) continue;
    Complain("output " + Printable(options.output) + " is also an input: " + Printable(file));
    return kExitFailed;
  }
  if (Result<> started = sink->Start(); !started) {
    Complain(Printable(started.error().message));
    return kExitFailed;
  }

  lineage_options.max_table_bytes = memory.table_bytes;
  const auto start = std::chrono::steady_clock::now();
  LogLineage lineage(std::move(lineage_options));
  std::unique_ptr<Serializer> serializer;
  if (options.format == "json")
    serializer = std::make_unique<JsonSerializer>(Writer{});
  else
    serializer = std::make_unique<XmlSerializer>(Writer{});
  std::vector<FieldLimit> limits;
  if (rules != nullptr)
    for (const FieldSize& size : rules->config().field_sizes)
      limits.push_back({size.field, size.max_characters});
  const FieldSizeSerializer sized(*serializer, limits);
  TranslatePipeline pipeline({input, lineage, sized, *sink}, std::min(UsableCpus(), kMaxThreads),
                             memory.window);
  // Events on the same terminal show well enough how far the work is.
  const bool shares_terminal = options.output == kStandardOutput && isatty(STDOUT_FILENO) == 1;
  ProgressLine progress(input.total_bytes(), isatty(STDERR_FILENO) == 1 && !shares_terminal);
  pipeline.OnProgress([&](uint64_t events) { progress.Update(input.consumed_bytes(), events); });
  std::optional<StopSignals> stop_signals;
  if (input.has_live()) stop_signals.emplace(input.stop_fd());
  const Result<> written = pipeline.Run();
  progress.Erase();

  problems += TellProblems(input, problems) - problems;
  for (const std::string& warning : lineage.warnings()) Complain(Printable(warning));
  const std::vector<std::string> empty = pipeline.InputsWithoutRecords();
  if (!written) {
    Complain(Printable(written.error().message));
    return kExitFailed;
  }
  for (const std::string& file : empty) Complain(Printable(file) + " holds no audit record");
  const auto time = std::chrono::steady_clock::now() - start;
  std::fputs(TranslateSummary(input, lineage, pipeline, time).c_str(), stderr);
  return problems > 0 || !empty.empty() ? kExitFailed : kExitDone;
}

}  // namespace

void AddTranslateCommand(CLI::App& app, int& exit_status) {
  CLI::App* command = app.add_subcommand("translate", "Translate audit logs into Sysmon events");
  const auto options = std::make_shared<TranslateOptions>();
  command->add_option("FILE", options->files,
                      "Audit logs, plain or gzip, rotated ones in any order; - for standard "
                      "input, which is also read if there is none");
  command
      ->add_option("--config", options->config,
                   "Sysmon configuration whose rules say what to write; without one all is")
      ->type_name("FILE");
  command->add_option("--format", options->format, "Form of the events")
      ->check(CLI::IsMember({"xml", "json"}))
      ->capture_default_str();
  command->add_option("--output", options->output, "File to write to; - for standard output")
      ->type_name("PATH")
      ->capture_default_str();
  command->add_option("--node", options->node, "Host name for records that have no node=")
      ->type_name("NAME")
      ->check(CLI::Validator(RefuseEmpty, ""));
  command->add_option("--passwd", options->passwd, "Names of users; a file like /etc/passwd")
      ->type_name("FILE")
      ->check(CLI::Validator(RefuseEmpty, ""));
  command
      ->add_option("--since", options->since,
                   "Write only events from this time on; UTC if it has no offset")
      ->type_name("TIME");
  command
      ->add_option("--until", options->until,
                   "Write only events before this time; UTC if it has no offset")
      ->type_name("TIME");
  command->add_option("--max-memory", options->max_memory, "Most memory to use, such as 512M")
      ->type_name("SIZE")
      ->transform(CLI::Validator(TakeSize, ""))
      ->default_str("256M");
  command->callback([options, &exit_status] { exit_status = RunTranslate(*options); });
}

}  // namespace pidigree
