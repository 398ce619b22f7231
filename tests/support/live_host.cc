#include "tests/support/live_host.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

namespace pidigree {

LiveHost::LiveHost(UserNameService* users, size_t max_text_bytes, const EventRates& rates,
                   HostNameService* hosts)
    : users_(users), max_text_bytes_(max_text_bytes), rates_(rates), hosts_(hosts) {
  directory.Write("passwd", "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000:::\n");
  clock.boot_ns = kStartNs;
  clock.boot_to_utc_ns = kBootUtcNs;
  Start();
}

LiveHost::~LiveHost() { live->engine.Recycle(batch_); }

void LiveHost::Start() {
  LiveEngineOptions options;
  options.lineage = {.machine = kMachine,
                     .boot = kBoot,
                     .computer = "vm",
                     .proc_path = directory.Path("proc"),
                     .passwd_path = directory.Path("passwd"),
                     .max_text_bytes = max_text_bytes_};
  options.records.rates = rates_;
  options.engine.proc_path = directory.Path("proc");
  options.engine.services_path = directory.Path("services");
  live = std::make_unique<LiveEngine>(std::move(options), clock, users_, hosts_);
  live->engine.SetPolicy(policy);
  live->engine.BeginBatch(batch_);
}

void LiveHost::Restart(const std::optional<std::string>& saved) {
  NextBatch();
  live->engine.Recycle(batch_);
  Start();
  if (saved && !live->lineage.Load(*saved)) std::abort();
}

void LiveHost::SetFilter(FunctionFilter::Keep keep) {
  policy.filter = std::make_shared<FunctionFilter>(std::move(keep));
  ApplyPolicy();
}

void LiveHost::ApplyPolicy() {
  NextBatch();
  live->engine.SetPolicy(policy);
  NextBatch();
}

void LiveHost::WriteProc(const Running& running) {
  const std::string number = std::to_string(running.process.tgid);
  std::string stat = number + " (" + running.comm + ") S " + std::to_string(running.parent.tgid);
  for (int field = 5; field < 22; ++field) stat += " 0";
  stat += ' ' + std::to_string(running.process.start_ns / 10'000'000) + " 0\n";
  // Most is there already, and files are slow.
  std::string& written = proc_[running.process.tgid];
  std::string content = stat + running.image + running.arguments;
  if (written == content) return;
  written = std::move(content);

  const std::string path = directory.Path("proc/" + number);
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  std::ofstream(path + "/stat") << stat;
  std::ofstream(path + "/cmdline", std::ios::binary) << running.arguments;
  if (!running.image.empty()) std::filesystem::create_symlink(running.image, path + "/exe");
  std::filesystem::create_symlink("/home", path + "/cwd");
}

void LiveHost::Snapshot(const std::vector<Running>& running) {
  std::set<uint32_t> alive;
  for (const Running& process : running) alive.insert(process.process.tgid);
  std::erase_if(proc_, [&](const auto& written) {
    if (alive.contains(written.first)) return false;
    std::filesystem::remove_all(directory.Path("proc/" + std::to_string(written.first)));
    return true;
  });

  live->lineage.BeginSnapshot();
  for (const Running& process : running) {
    WriteProc(process);
    live->engine.Apply(TaskFact{.subject = {.process = process.process, .ids = process.ids},
                                .present_parent = process.parent,
                                .place = {},
                                .comm = process.comm,
                                .kernel_thread = process.image.empty()});
  }
  live->lineage.EndSnapshot();
  NextBatch();
}

void LiveHost::NextBatch() {
  for (const Record& record : batch_.records.records()) records_.push_back(ToText(record));
  hashes_ = batch_.hashes;
  live->engine.Recycle(batch_);
  live->engine.BeginBatch(batch_);
}

std::string GuidText(const ProcessKey& process) {
  const uint64_t ticks = process.start_ns / 10'000'000;
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "{%08x-%04x-%04x-%04llx-%06llx%06x}", LiveHost::kMachine,
                LiveHost::kBoot >> 16, LiveHost::kBoot & 0xffff,
                static_cast<unsigned long long>(ticks >> 24),
                static_cast<unsigned long long>(ticks & 0xffffff), process.tgid);
  return text.data();
}

}  // namespace pidigree
