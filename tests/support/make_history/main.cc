// Prints the audit log of a simulated host, and the truth about it.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string_view>

#include "tests/support/audit_log_writer.h"
#include "tests/support/process_history.h"

namespace {

constexpr std::string_view kUsage =
    "usage: make_history [--seed N] [--rules full|fork|exec] [--processes N] [--pid-max N]\n"
    "                    [--form raw|enriched|kernel] [--node NAME] [--reboots N] [--clock-steps "
    "N]\n"
    "                    [--truth FILE]\n";

int Usage() {
  std::cerr << kUsage;
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  pidigree::HistoryOptions options;
  pidigree::LogStyle style;
  std::string_view truth;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view option = argv[i];
    if (i + 1 == argc) return Usage();
    const std::string_view value = argv[i + 1];
    const auto number = static_cast<uint32_t>(std::strtoul(argv[i + 1], nullptr, 10));
    if (option == "--seed") {
      options.seed = style.seed = number;
    } else if (option == "--processes") {
      options.processes = number;
    } else if (option == "--pid-max") {
      options.pid_max = number;
    } else if (option == "--reboots") {
      options.reboots = number;
    } else if (option == "--clock-steps") {
      options.clock_steps = number;
    } else if (option == "--node") {
      style.node = value;
    } else if (option == "--truth") {
      truth = value;
    } else if (option == "--rules" && value == "full") {
      style.rules = pidigree::AuditRules::kFull;
    } else if (option == "--rules" && value == "fork") {
      style.rules = pidigree::AuditRules::kForkExec;
    } else if (option == "--rules" && value == "exec") {
      style.rules = pidigree::AuditRules::kExecOnly;
    } else if (option == "--form" && value == "raw") {
      style.form = pidigree::LogForm::kRaw;
    } else if (option == "--form" && value == "enriched") {
      style.form = pidigree::LogForm::kEnriched;
    } else if (option == "--form" && value == "kernel") {
      style.form = pidigree::LogForm::kKernel;
    } else {
      return Usage();
    }
  }
  if (options.pid_max < 400) {
    std::cerr << "make_history: --pid-max " << options.pid_max << ": at least 400\n";
    return 2;
  }
  const pidigree::History history = pidigree::SimulateHistory(options);
  const pidigree::AuditLog log = pidigree::WriteAuditLog(history, style);
  std::cout << log.text;
  if (!truth.empty()) {
    std::ofstream file{std::string(truth)};
    file << pidigree::TruthAsJson(history, log);
    if (!file.flush()) {
      std::cerr << "make_history: cannot write " << truth << "\n";
      return 1;
    }
  }
  return std::cout.flush() ? 0 : 1;
}
