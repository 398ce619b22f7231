#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/clock.h"
#include "src/base/read_file.h"
#include "src/base/replace_file.h"
#include "src/base/valid_text.h"
#include "src/cli/agent_outputs.h"
#include "src/cli/agent_paths.h"
#include "src/cli/agent_signals.h"
#include "src/cli/commands.h"
#include "src/cli/event_rates.h"
#include "src/cli/load_policy.h"
#include "src/cli/messages.h"
#include "src/cli/parse_size.h"
#include "src/cli/privileges.h"
#include "src/cli/service_manager.h"
#include "src/cli/state_directory.h"
#include "src/cli/status_socket.h"
#include "src/enrich/host_identity.h"
#include "src/enrich/live_process.h"
#include "src/pipeline/agent.h"
#include "src/pipeline/last_resort.h"
#include "src/pipeline/name_service_worker.h"
#include "src/records/live_engine.h"
#include "src/source/bpf/bpf_source.h"

namespace pidigree {
namespace {

constexpr size_t kMaxSavedTable = size_t{1} << 30;

// Stopping takes 5 s or so, and longer on a busy host; it does not end where a file system hangs,
// and then nothing else ends us.
constexpr std::chrono::seconds kStopPatience{15};

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return ValidText(name.data());
}

// The table of the run before, if that ended in order on this boot.
void LoadProcesses(const std::string& path, LiveLineage& lineage) {
  const Result<std::string> saved = ReadFile(path, kMaxSavedTable);
  Result<> loaded;
  if (saved)
    loaded = lineage.Load(*saved);
  else if (saved.error().code != ErrorCode::kNotFound)
    loaded = Fail(saved.error());
  if (!loaded)
    Complain(Printable(path + ": " + loaded.error().message) +
             "; parents of running processes are those of now");
}

void Reload(const std::string& config, Agent& agent) {
  agent.Reopen();
  if (config.empty()) return;
  const auto policy = LoadPolicy(config);
  std::string why;
  if (!policy)
    why = policy.error().message;
  else if (const Result<> adopted = agent.SetPolicy(*policy); !adopted)
    why = Printable(config) + ": " + Printable(adopted.error().message);
  if (why.empty()) return;
  Complain("configuration not reloaded, the running one stays: " + why);
  agent.TellFailedReload(why);
}

// Until a signal ends it, or the source fails.
void Serve(const std::string& config, AgentSignals& signals, StatusSocket& status_socket,
           Agent& agent) {
  for (;;) {
    std::array<pollfd, 3> ready = {{{signals.fd(), POLLIN, 0},
                                    {status_socket.fd(), POLLIN, 0},
                                    {agent.ended_fd(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    while (const auto signal = signals.Next()) {
      if (*signal == AgentSignals::Signal::kStop) return;
      Reload(config, agent);
    }
    if (ready[1].revents != 0) status_socket.Answer([&] { return FormatStatus(agent.status()); });
    if (ready[2].revents != 0) return;
  }
}

Result<> CheckSize(const std::string& text) {
  const Result<uint64_t> bytes = ParseSize(text);
  return bytes ? Result<>() : Fail(bytes.error());
}

// What the command line and the host say, before anything is opened.
struct Settings {
  LiveEngineOptions engine;
  HashWorker::Options hashes;
  std::string config;
  std::string format;
};

Result<Settings> ReadSettings(const Arguments& arguments) {
  Settings settings;
  settings.config = arguments.Get("--config");
  settings.format = arguments.Get("--format");
  const Result<uint64_t> max_hashed_bytes = ParseSize(arguments.Get("--hash-max-size"));
  if (!max_hashed_bytes) return Fail(max_hashed_bytes.error());
  settings.hashes.max_file_bytes = *max_hashed_bytes;
  const Result<EventRates> rates = ParseEventRates(arguments.All("--max-rate"));
  if (!rates) return Fail(ErrorCode::kUsage, "--max-rate: " + rates.error().message);
  if (const Result<> here = CheckNamespacesForGuids(); !here) return Fail(here.error());
  const Result<uint32_t> machine = ReadMachineId32();
  if (!machine) return Fail(machine.error());
  const Result<uint32_t> boot = ReadBootId32();
  if (!boot) return Fail(boot.error());
  settings.engine.lineage.machine = *machine;
  settings.engine.lineage.boot = *boot;
  settings.engine.lineage.computer = HostName();
  settings.engine.records.rates = *rates;
  settings.engine.engine.own_pid = static_cast<uint32_t>(getpid());
  return settings;
}

// What has to be open before privileges are dropped.
struct Opened {
  std::vector<OpenOutput> outputs;
  AgentSignals signals;
  std::unique_ptr<BpfSource> source;
};

Result<Opened> OpenEverything(const Arguments& arguments, const EventSet& wanted) {
  auto outputs = OpenOutputs(arguments.All("--output"), arguments.Get("--config"));
  if (!outputs && outputs.error().code == ErrorCode::kUsage)
    return Fail(ErrorCode::kUsage, "--output: " + outputs.error().message);
  if (!outputs) return Fail(outputs.error());
  Result<AgentSignals> signals = AgentSignals::Take();
  if (!signals) return Fail(signals.error());
  auto source = BpfSource::Open({.compat_syscalls = arguments.Has("--compat-syscalls")});
  if (!source) return Fail(source.error());
  // While we may: kernel.perf_event_paranoid of 3, as Debian has it, lets only CAP_SYS_ADMIN attach
  // to tracepoints of system calls.
  if (const Result<> attached = (*source)->Attach(wanted); !attached) return Fail(attached.error());
  return Opened{std::move(*outputs), std::move(*signals), std::move(*source)};
}

// Tells what of a run could not be told or kept.
int TellEnd(const std::vector<LossReport>& untold, const std::vector<Result<>>& steps) {
  int exit_status = kExitDone;
  for (const LossReport& loss : untold)
    Complain(std::string(NameOf(loss.cause)) + ": " + Printable(DescriptionOf(loss)) +
             "; the next start tells it as event 255");
  for (const Result<>& step : steps) {
    if (step) continue;
    Complain(Printable(step.error().message));
    exit_status = kExitFailed;
  }
  return exit_status;
}

Result<int> RunAgent(const Arguments& arguments) {
  const Result<Settings> settings = ReadSettings(arguments);
  if (!settings) return Fail(settings.error());
  const auto policy = LoadPolicy(settings->config);
  if (!policy) return kExitFailed;
  const Result<StateDirectory> state = StateDirectory::Lock(arguments.Get("--state-dir"));
  if (!state) return Fail(state.error());
  Result<StatusSocket> status_socket = StatusSocket::Listen(arguments.Get("--socket"));
  if (!status_socket) return Fail(status_socket.error());
  Result<Opened> opened = OpenEverything(arguments, (*policy)->wanted);
  if (!opened) return Fail(opened.error());
  if (const Result<> dropped = DropPrivileges(); !dropped) return Fail(dropped.error());
  auto outputs = SetUpOutputs(std::move(opened->outputs), settings->format, *state);
  if (!outputs) return Fail(outputs.error());

  const SystemClock clock;
  NameServiceWorker<uint32_t> users("pidigree-users", AskSystemForUserName);
  NameServiceWorker<IpAddress> hosts("pidigree-hosts", AskSystemForHostName);
  LiveEngine live(settings->engine, clock, &users, &hosts);
  LoadProcesses(state->processes(), live.lineage);
  Result<> ended;
  std::string processes;
  std::vector<LossReport> untold;
  std::optional<LastResort> last_resort;
  {
    AgentOptions agent_options;
    agent_options.source = "bpf";
    agent_options.computer = settings->engine.lineage.computer;
    agent_options.hashes = settings->hashes;
    Agent agent({*opened->source, live, clock}, agent_options, std::move(*outputs),
                [](std::string_view message) { Complain(Printable(message)); });
    if (const Result<> started = agent.Start(*policy); !started) return Fail(started.error());
    unlink(state->processes().c_str());  // it is not true any more
    NotifyServiceManager("READY=1");
    Serve(settings->config, opened->signals, *status_socket, agent);
    NotifyServiceManager("STOPPING=1");
    last_resort.emplace(kStopPatience,
                        "pidigree: stopping takes too long; what was left is lost\n");
    ended = agent.Stop();
    processes = live.lineage.Save();
    untold = agent.untold_losses();
  }
  // What is left is that the kernel detaches hooks: it takes its time, and would whatever ended us.
  return TellEnd(untold, {ended, ReplaceFile(state->processes(), processes)});
}

}  // namespace

Command RunCommand() {
  return {
      .name = "run",
      .description = "Watch this host and write its events",
      .options =
          {{.name = "--source",
            .help = "Where facts come from",
            .default_value = "auto",
            .choices = {"auto", "bpf"}},
           {.name = "--config",
            .type = "FILE",
            .help = "Sysmon configuration; without one process starts and ends are written",
            .last_counts = true},
           {.name = "--output",
            .type = "DEST",
            .help = "Where events go: syslog, syslog:///SOCKET, a file, or - for standard output, "
                    "behind it ?KEY=VALUE&...; may be given again. Keys:\n" +
                    DestinationHelp(),
            .default_value = "syslog",
            .repeatable = true},
           {.name = "--format",
            .help = "Form of the events",
            .default_value = "xml",
            .choices = {"xml", "json"}},
           {.name = "--state-dir",
            .type = "DIR",
            .help = "What is kept over a restart",
            .default_value = kDefaultStateDirectory},
           {.name = "--socket",
            .type = "PATH",
            .help = "Socket that `pidigree status` asks",
            .default_value = kDefaultSocket},
           {.name = "--hash-max-size",
            .type = "SIZE:SIZE [b, kb(=1024b), ...]",
            .help = "Larger executables are not hashed; such as 512M",
            .default_value = "256M",
            .check = CheckSize},
           {.name = "--max-rate",
            .type = "[ID:]N",
            .help = "Events of a kind that one process may write within a second, of all kinds or "
                    "of the event ID; 0 is any number. May be given again",
            .repeatable = true},
           {.name = "--compat-syscalls",
            .help = "Watch 32-bit programs, too, where that costs every program: see "
                    "docs/file-events.md",
            .flag = true}},
      .run = RunAgent,
  };
}

}  // namespace pidigree
