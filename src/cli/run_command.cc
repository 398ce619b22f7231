#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
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
#include "src/cli/privileges.h"
#include "src/cli/service_manager.h"
#include "src/cli/state_directory.h"
#include "src/cli/status_socket.h"
#include "src/enrich/host_identity.h"
#include "src/enrich/live_lineage.h"
#include "src/enrich/live_process.h"
#include "src/pipeline/agent.h"
#include "src/pipeline/name_service_worker.h"
#include "src/pipeline/untold_losses.h"
#include "src/source/bpf/bpf_source.h"

namespace pidigree {
namespace {

constexpr uint64_t kDefaultHashBytes = uint64_t{256} << 20;
constexpr size_t kMaxSavedTable = size_t{1} << 30;

// Stopping takes 5 s or so, and longer on a busy host; it does not end where a file system hangs,
// and then nothing else ends us.
constexpr unsigned kStopSeconds = 15;

struct RunOptions {
  std::string source = "auto";
  std::string config;
  std::vector<std::string> outputs = {"syslog"};
  std::string format = "xml";
  std::string state_directory = kDefaultStateDirectory;
  std::string socket = kDefaultSocket;
  uint64_t max_hashed_bytes = kDefaultHashBytes;
  std::vector<std::string> max_rates;
  bool compat_syscalls = false;
};

int Failed(const Error& error) {
  Complain(Printable(error.message));
  return kExitFailed;
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  const std::string_view raw = name.data();
  std::string text(3 * raw.size(), '\0');
  text.resize(CopyValidText(raw, text.data()));
  return text;
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

std::vector<LossReport> LoadUntold(const std::string& path) {
  Result<std::vector<LossReport>> losses = LoadUntoldLosses(path);
  if (losses) return *losses;
  Complain(Printable(losses.error().message));
  return {};
}

void Reload(const RunOptions& options, LineFormat format, Agent& agent) {
  agent.Reopen();
  if (options.config.empty()) return;
  const auto policy = LoadPolicy(options.config, format);
  Result<> adopted = Fail(ErrorCode::kCorrupt, "it has errors");
  if (policy) adopted = agent.SetPolicy(policy);
  if (!adopted)
    Complain("configuration not reloaded, the running one stays: " +
             Printable(adopted.error().message));
}

// Until a signal ends it, or the source fails.
void Serve(const RunOptions& options, LineFormat format, AgentSignals& signals,
           StatusSocket& status_socket, Agent& agent) {
  for (;;) {
    std::array<pollfd, 3> ready = {{{signals.fd(), POLLIN, 0},
                                    {status_socket.fd(), POLLIN, 0},
                                    {agent.ended_fd(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
    while (const auto signal = signals.Next()) {
      if (*signal == AgentSignals::Signal::kStop) return;
      Reload(options, format, agent);
    }
    if (ready[1].revents != 0) status_socket.Answer([&] { return FormatStatus(agent.status()); });
    if (ready[2].revents != 0) return;
  }
}

int RunAgent(const RunOptions& options) {
  const LineFormat format = options.format == "json" ? LineFormat::kJson : LineFormat::kXml;
  const Result<EventRates> rates = ParseEventRates(options.max_rates);
  if (!rates) throw CLI::ValidationError("--max-rate", rates.error().message);
  if (const Result<> here = CheckNamespacesForGuids(); !here) return Failed(here.error());
  const Result<uint32_t> machine = ReadMachineId32();
  if (!machine) return Failed(machine.error());
  const Result<uint32_t> boot = ReadBootId32();
  if (!boot) return Failed(boot.error());
  const auto policy = LoadPolicy(options.config, format);
  if (!policy) return kExitFailed;

  const Result<StateDirectory> state = StateDirectory::Lock(options.state_directory);
  if (!state) return Failed(state.error());
  Result<StatusSocket> status_socket = StatusSocket::Listen(options.socket);
  if (!status_socket) return Failed(status_socket.error());
  auto outputs = OpenOutputs(options.outputs);
  if (!outputs && outputs.error().code == ErrorCode::kUsage)
    throw CLI::ValidationError("--output", outputs.error().message);
  if (!outputs) return Failed(outputs.error());
  Result<AgentSignals> signals = AgentSignals::Take();
  if (!signals) return Failed(signals.error());
  auto source = BpfSource::Open({.compat_syscalls = options.compat_syscalls});
  if (!source) return Failed(source.error());
  // While we may: kernel.perf_event_paranoid of 3, as Debian has it, lets only CAP_SYS_ADMIN attach
  // to tracepoints of system calls.
  if (const Result<> attached = (*source)->Attach(policy->wanted); !attached)
    return Failed(attached.error());
  if (const Result<> dropped = DropPrivileges(); !dropped) return Failed(dropped.error());
  Result<RecordIds> ids = RecordIds::Open(state->record_ids());
  if (!ids) return Failed(ids.error());

  const SystemClock clock;
  NameServiceWorker<uint32_t> users("pidigree-users", AskSystemForUserName);
  NameServiceWorker<IpAddress> hosts("pidigree-hosts", AskSystemForHostName);
  LiveLineageOptions lineage_options;
  lineage_options.machine = *machine;
  lineage_options.boot = *boot;
  lineage_options.computer = HostName();
  lineage_options.own_pid = static_cast<uint32_t>(getpid());
  lineage_options.rates = *rates;
  LiveLineage lineage(lineage_options, clock, &users, &hosts);
  LoadProcesses(state->processes(), lineage);
  Result<> ended;
  std::string saved;
  std::vector<LossReport> untold;
  {
    AgentOptions agent_options;
    agent_options.source = "bpf";
    agent_options.computer = lineage_options.computer;
    agent_options.hashes.max_file_bytes = options.max_hashed_bytes;
    agent_options.untold_losses = LoadUntold(state->untold_losses());
    Agent agent({**source, lineage, *ids, clock}, agent_options, std::move(*outputs),
                [](std::string_view message) { Complain(Printable(message)); });
    if (const Result<> started = agent.Start(policy); !started) return Failed(started.error());
    unlink(state->processes().c_str());  // it is not true any more
    unlink(state->untold_losses().c_str());
    NotifyServiceManager("READY=1");
    Serve(options, format, *signals, *status_socket, agent);
    NotifyServiceManager("STOPPING=1");
    alarm(kStopSeconds);
    ended = agent.Stop();
    saved = lineage.Save();
    untold = agent.untold_losses();
  }
  int exit_status = kExitDone;
  for (const LossReport& loss : untold)
    Complain(std::string(NameOf(loss.cause)) + ": " + DescriptionOf(loss) +
             "; the next start tells it as event 255");
  for (const Result<>& step : {ended, ReplaceFile(state->processes(), saved),
                               StoreUntoldLosses(state->untold_losses(), untold), ids->Close()})
    if (!step) exit_status = Failed(step.error());
  alarm(0);  // the kernel takes its time to detach many hooks, and would whatever ended us
  return exit_status;
}

}  // namespace

void AddRunCommand(CLI::App& app, int& exit_status) {
  CLI::App* command = app.add_subcommand("run", "Watch this host and write its events");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("--source", options->source, "Where facts come from")
      ->check(CLI::IsMember({"auto", "bpf"}))
      ->capture_default_str();
  command
      ->add_option("--config", options->config,
                   "Sysmon configuration; without one process starts and ends are written")
      ->type_name("FILE");
  command
      ->add_option("--output", options->outputs,
                   "Where events go: syslog, syslog:///PATH, a file, or - for standard output; may "
                   "be given again")
      ->type_name("DEST")
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--format", options->format, "Form of the events")
      ->check(CLI::IsMember({"xml", "json"}))
      ->capture_default_str();
  command->add_option("--state-dir", options->state_directory, "What is kept over a restart")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--socket", options->socket, "Socket that `pidigree status` asks")
      ->type_name("PATH")
      ->capture_default_str();
  command
      ->add_option("--hash-max-size", options->max_hashed_bytes,
                   "Larger executables are not hashed; such as 512M")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("256M");
  command
      ->add_option(
          "--max-rate", options->max_rates,
          "Events of a kind that one process may write within a second, of all kinds or of "
          "the event ID; 0 is any number. May be given again")
      ->type_name("[ID:]N")
      ->allow_extra_args(false);
  command->add_flag(
      "--compat-syscalls", options->compat_syscalls,
      "Watch 32-bit programs, too, where that costs every program: see docs/file-events.md");
  command->callback([options, &exit_status] { exit_status = RunAgent(*options); });
}

}  // namespace pidigree
