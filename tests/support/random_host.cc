#include "tests/support/random_host.h"

#include <vector>

#include "tests/support/random.h"

namespace pidigree {

HistoryOptions AnyHost(uint64_t seed) {
  Random random(seed * 7919 + 1);
  HistoryOptions options;
  options.seed = seed;
  options.processes = static_cast<uint32_t>(random.OneIn(10) ? random.Between(1000, 4000)
                                                             : random.Between(100, 800));
  options.pid_max = random.Pick(std::vector<uint32_t>{600, 700, 1000, 2000, 32768, 4194304});
  options.reboots = random.OneIn(6) ? static_cast<uint32_t>(random.Between(1, 2)) : 0;
  options.clock_steps = random.OneIn(8) ? static_cast<uint32_t>(random.Between(1, 3)) : 0;
  options.arch = random.OneIn(4) ? Arch::kAarch64 : Arch::kX86_64;
  options.init_makes_records = random.OneIn(2);
  options.containers = !random.OneIn(4);
  return options;
}

LogStyle AnyStyle(uint64_t seed) {
  Random random(seed * 104729 + 2);
  LogStyle style;
  style.seed = seed;
  style.form =
      random.Pick(std::vector<LogForm>{LogForm::kRaw, LogForm::kEnriched, LogForm::kKernel});
  if (style.form != LogForm::kKernel && random.OneIn(2)) style.node = "web1.example";
  style.proctitle = random.OneIn(2);
  style.eoe = random.OneIn(3);
  style.failed_execs = random.OneIn(3);
  style.thread_clones = random.OneIn(3);
  style.noise = !random.OneIn(4);
  style.first_serial = random.Pick(std::vector<uint32_t>{1, 1000, 5'000'000, 0xffffff00});
  return style;
}

HistoryOptions HostOfManyLaps(uint64_t seed) {
  HistoryOptions options = AnyHost(seed);
  Random random(seed * 32452843 + 4);
  options.decidable = false;
  options.containers = true;
  options.clock_steps = 0;
  options.pid_max = random.Pick(std::vector<uint32_t>{600, 1000, 2000});
  options.processes = options.pid_max * static_cast<uint32_t>(random.Between(2, 4));
  return options;
}

HistoryOptions BusyHost(uint64_t seed, uint32_t pid_max) {
  Random random(seed * 15485863 + 3);
  HistoryOptions options;
  options.seed = seed;
  options.decidable = false;
  options.init_makes_records = random.OneIn(2);
  options.containers = random.OneIn(4);
  options.pid_max = pid_max;
  options.processes = options.pid_max * static_cast<uint32_t>(random.Between(2, 3));
  return options;
}

}  // namespace pidigree
