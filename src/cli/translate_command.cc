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
#include "src/pipeline/translate_pipeline.h"
#include "src/serialize/field_size_serializer.h"
#include "src/serialize/json_serializer.h"
#include "src/serialize/xml_serializer.h"
#include "src/sink/file_sink.h"
#include "src/source/audit/log_input.h"

namespace pidigree {
namespace {

constexpr char kOwnLogs[] = "/var/log/audit/";

// The serial stages keep no more than this busy, and each thread has buffers of its own.
constexpr unsigned kMaxThreads = 4;

// What everything but the process table may take: buffers, batches and the look-ahead window.
constexpr uint64_t kFixedBytes = uint64_t{56} << 20;
constexpr uint64_t kLeastMaxMemory = uint64_t{64} << 20;
constexpr uint64_t kDefaultMaxMemory = uint64_t{256} << 20;

struct TranslateOptions {
  std::vector<std::string> files;
  std::string config;
  std::string format = "xml";
  std::string output = "-";
  std::string node;
  std::string passwd;
  std::string since;
  std::string until;
  uint64_t max_memory = kDefaultMaxMemory;
};

std::optional<UtcTime> TimeOption(const char* name, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto ns = ParseUtcTime(text);
  if (!ns) {
    throw CLI::ValidationError(
        name, "'" + text + "' is no time such as 2026-11-23T16:59:04Z or '2026-11-23 16:59'");
  }
  return UtcTime{*ns};
}

// Whether all of `files` are what auditd of this machine wrote.
bool AreOwnLogs(const std::vector<std::string>& files) {
  return std::all_of(files.begin(), files.end(), [](const std::string& file) {
    const std::unique_ptr<char, decltype(&std::free)> path(realpath(file.c_str(), nullptr),
                                                           &std::free);
    return path && std::string_view(path.get()).starts_with(kOwnLogs);
  });
}

LogLineageOptions LineageOptions(const TranslateOptions& options) {
  LogLineageOptions lineage;
  lineage.node_name = options.node;
  lineage.own_logs = AreOwnLogs(options.files);
  lineage.passwd_path = options.passwd;
  lineage.since = TimeOption("--since", options.since);
  lineage.until = TimeOption("--until", options.until);
  lineage.max_table_bytes = options.max_memory - std::min(kFixedBytes, options.max_memory / 2);
  if (lineage.since && lineage.until && *lineage.until <= *lineage.since)
    throw CLI::ValidationError("--until", "must be later than --since");
  return lineage;
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
    options.files = {"-"};
  }
  LogLineageOptions lineage_options = LineageOptions(options);
  std::shared_ptr<const RuleSet> rules;
  if (!options.config.empty()) {
    rules = LoadRules(options.config, ConfigWarnings::kHide);
    if (rules == nullptr) return kExitFailed;
    lineage_options.filter = rules.get();
  }

  AllowManyFiles();
  LogInput input(options.files);
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

  const auto start = std::chrono::steady_clock::now();
  LogLineage lineage(lineage_options);
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
  TranslatePipeline pipeline({input, lineage, sized, *sink}, std::min(UsableCpus(), kMaxThreads));
  ProgressLine progress(input.total_bytes());
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
      ->type_name("NAME");
  command->add_option("--passwd", options->passwd, "Names of users; a file like /etc/passwd")
      ->type_name("FILE");
  command->add_option("--since", options->since, "Write only events from this time on; UTC")
      ->type_name("TIME");
  command->add_option("--until", options->until, "Write only events before this time; UTC")
      ->type_name("TIME");
  command->add_option("--max-memory", options->max_memory, "Most memory to use, such as 512M")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(kLeastMaxMemory, uint64_t{1} << 50))
      ->default_str("256M");
  command->callback([options, &exit_status] { exit_status = RunTranslate(*options); });
}

}  // namespace pidigree
