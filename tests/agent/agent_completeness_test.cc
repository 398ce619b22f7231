// Many operations of every kind, counted: each must be an event, or a loss that is counted.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/unique_fd.h"
#include "tests/agent/agent_test.h"
#include "tests/support/property_scale.h"
#include "tests/support/random.h"

namespace pidigree {
namespace {

using namespace std::literals;

using Counts = std::map<uint16_t, size_t>;  // by event id

// For what runs in the worker.
void Must(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  _exit(126);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* Plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// The process that does it all, in a network of its own.
class Worker {
 public:
  explicit Worker(std::string directory)
      : directory_(std::move(directory)), path_(directory_ + "/file") {}

  // What can be done here, and the events of each.
  struct Operation {
    const char* name;
    size_t weight;
    std::function<void()> run;
    Counts events;
  };
  void Prepare();
  std::vector<Operation> Operations();
  // Of the preparations.
  static Counts EventsBefore() { return {{3, 2}, {22, 1}}; }

 private:
  void MakeNetwork();
  void Touch() {
    Must(UniqueFd(open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600)).get() >= 0, "create");
  }
  void Remove() { Must(unlink(path_.c_str()) == 0, "unlink"); }
  void Ask();
  void ConnectTcp();
  void SendUdp();
  void MapCode();
  void WriteScript();
  void LoadBpf();
  void Run(const char* program);
  void RunMemory();

  const std::string directory_;
  const std::string path_;
  pid_t target_ = -1;
  int client_ = -1, server_ = -1, listener_ = -1;
  sockaddr_in listening_{};
  int memory_ = -1;
  uint16_t udp_port_ = 10'000;
};

void Worker::MakeNetwork() {
  Must(unshare(CLONE_NEWNET) == 0, "unshare");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  const UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Must(ioctl(any.get(), SIOCSIFFLAGS, &request) == 0, "lo");
}

void Worker::Prepare() {
  MakeNetwork();
  target_ = fork();
  if (target_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  client_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  server_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_in server = Loopback(53), client = Loopback(5353);
  Must(bind(server_, Plain(server), sizeof server) == 0, "bind server");
  Must(bind(client_, Plain(client), sizeof client) == 0, "bind client");
  Ask();  // the two ends of this exchange are told once
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = sizeof listening_;
  listening_ = Loopback(0);
  Must(bind(listener_, Plain(listening_), size) == 0 && listen(listener_, 16) == 0 &&
           getsockname(listener_, reinterpret_cast<sockaddr*>(&listening_), &size) == 0,
       "listen");
  memory_ = memfd_create("completeness", MFD_CLOEXEC);
  const UniqueFd program(open("/bin/true", O_RDONLY | O_CLOEXEC));
  while (sendfile(memory_, program.get(), nullptr, 1 << 20) > 0) {
  }
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  static_cast<void>(setrlimit(RLIMIT_MEMLOCK, &unlimited));
}

// RFC 1035, 4.1: www.example.com is 127.0.0.2.
void Worker::Ask() {
  const auto query = "ab\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"sv;
  const auto reply =
      "ab\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1"
      "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x7f\0\0\2"sv;
  const sockaddr_in server = Loopback(53), client = Loopback(5353);
  char got[128];
  Must(sendto(client_, query.data(), query.size(), 0, Plain(server), sizeof server) > 0 &&
           recv(server_, got, sizeof got, 0) > 0 &&
           sendto(server_, reply.data(), reply.size(), 0, Plain(client), sizeof client) > 0 &&
           recv(client_, got, sizeof got, 0) > 0,
       "ask");
}

void Worker::ConnectTcp() {
  const UniqueFd opener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Must(connect(opener.get(), Plain(listening_), sizeof listening_) == 0, "connect");
  const UniqueFd taken(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
  const linger reset{1, 0};  // so that no port stays busy
  Must(taken && setsockopt(opener.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0,
       "accept");
}

void Worker::SendUdp() {
  const UniqueFd from(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in here = Loopback(udp_port_++), there = Loopback(9);
  Must(bind(from.get(), Plain(here), sizeof here) == 0 &&
           sendto(from.get(), "x", 1, 0, Plain(there), sizeof there) == 1,
       "send");
}

void Worker::MapCode() {
  Touch();
  {
    const UniqueFd file(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    void* const code = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0);
    Must(code != MAP_FAILED && munmap(code, 4096) == 0, "mmap");
  }
  Remove();
}

void Worker::WriteScript() {
  const int file = open(path_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  Must(file >= 0 && write(file, "#!/bin/sh\n", 10) == 10 && close(file) == 0, "write");
  Remove();
}

void Worker::LoadBpf() {
  static constexpr std::array<bpf_insn, 2> kReturnZero{{
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  }};
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  load.insns = reinterpret_cast<uintptr_t>(kReturnZero.data());
  load.insn_cnt = kReturnZero.size();
  load.license = reinterpret_cast<uintptr_t>("GPL");
  Must(static_cast<bool>(
           UniqueFd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load)))),
       "bpf");
}

void Worker::Run(const char* program) {
  char* const arguments[] = {const_cast<char*>("true"), nullptr};
  pid_t child = -1;
  Must(posix_spawn(&child, program, nullptr, nullptr, arguments, environ) == 0 &&
           waitpid(child, nullptr, 0) == child,
       program);
}

void Worker::RunMemory() { Run(("/proc/self/fd/" + std::to_string(memory_)).c_str()); }

std::vector<Worker::Operation> Worker::Operations() {
  std::vector<Operation> all = {
      {"create and unlink",
       40,
       [this] {
         Touch();
         Remove();
       },
       {{11, 1}, {23, 1}, {26, 1}}},
      {"rename",
       5,
       [this] {
         Touch();
         Must(rename(path_.c_str(), (path_ + "2").c_str()) == 0 &&
                  unlink((path_ + "2").c_str()) == 0,
              "rename");
       },
       {{11, 2}, {23, 1}, {26, 1}}},
      {"link",
       5,
       [this] {
         Must(symlink("nowhere", path_.c_str()) == 0 &&
                  linkat(AT_FDCWD, path_.c_str(), AT_FDCWD, (path_ + "2").c_str(), 0) == 0 &&
                  unlink((path_ + "2").c_str()) == 0,
              "link");
         Remove();
       },
       {{11, 2}, {23, 2}, {26, 2}}},
      {"times",
       5,
       [this] { Must(utimensat(AT_FDCWD, directory_.c_str(), nullptr, 0) == 0, "times"); },
       {{2, 1}}},
      {"fifo",
       4,
       [this] {
         Must(mkfifo(path_.c_str(), 0600) == 0 &&
                  UniqueFd(open(path_.c_str(), O_RDWR | O_CLOEXEC)).get() >= 0,
              "fifo");
         Remove();
       },
       {{11, 1}, {17, 1}, {18, 1}, {23, 1}, {26, 1}}},
      {"tcp", 8, [this] { ConnectTcp(); }, {{3, 2}}},
      {"udp", 4, [this] { SendUdp(); }, {{3, 1}}},
      {"dns", 5, [this] { Ask(); }, {{22, 1}}},
      {"map code", 4, [this] { MapCode(); }, {{7, 1}, {11, 1}, {23, 1}, {26, 1}}},
      {"script", 4, [this] { WriteScript(); }, {{11, 1}, {23, 1}, {26, 1}, {29, 1}}},
      {"read memory",
       5,
       [this] {
         uint64_t word = 0;
         const iovec here{&word, sizeof word};
         Must(process_vm_readv(target_, &here, 1, &here, 1, 0) == sizeof word, "readv");
       },
       {{10, 1}}},
      {"write memory",
       3,
       [this] {
         static uint64_t word = 0;
         const iovec here{&word, sizeof word};
         Must(process_vm_writev(target_, &here, 1, &here, 1, 0) == sizeof word, "writev");
       },
       {{8, 1}, {10, 1}}},
      {"load bpf", 2, [this] { LoadBpf(); }, {{100, 1}}},
      {"run", 4, [this] { Run((directory_ + "/true").c_str()); }, {{1, 1}, {5, 1}}},
      {"run memory", 2, [this] { RunMemory(); }, {{1, 1}, {5, 1}, {25, 1}}},
  };
  if (setxattr(directory_.c_str(), "user.a", "b", 1, 0) == 0)
    all.push_back(
        {"attribute",
         4,
         [this] { Must(setxattr(directory_.c_str(), "user.a", "b", 1, 0) == 0, "setxattr"); },
         {{15, 1}}});
  for (const auto& disk : std::filesystem::directory_iterator("/sys/block")) {
    const std::string device = "/dev/" + disk.path().filename().string();
    if (!UniqueFd(open(device.c_str(), O_RDONLY | O_CLOEXEC))) continue;
    all.push_back({"block device",
                   2,
                   [device] {
                     Must(UniqueFd(open(device.c_str(), O_RDONLY | O_CLOEXEC)).get() >= 0,
                          "device");
                   },
                   {{9, 1}}});
    break;
  }
  return all;
}

// What `count` operations in a random order amount to: decided before any is done.
std::vector<size_t> RandomOrder(const std::vector<Worker::Operation>& all, size_t count) {
  std::vector<size_t> lots;
  for (size_t i = 0; i < all.size(); ++i) lots.insert(lots.end(), all[i].weight, i);
  Random random(1);
  std::vector<size_t> order(count);
  for (size_t& each : order) each = random.Pick(lots);
  return order;
}

class AgentCompleteness : public AgentTest {
 protected:
  // All events of this test and what it starts.
  std::string Config(const std::string& program) const {
    const std::string own = std::filesystem::read_symlink("/proc/self/exe");
    std::string filters;
    for (const auto& [event, field, value] : std::vector<std::array<std::string, 3>>{
             {"ProcessCreate", "ParentImage", own},
             {"ProcessTerminate", "Image", program + ";memfd:completeness"},
             {"ProcessTampering", "Image", "memfd:completeness"},
             {"FileCreateTime", "Image", own},
             {"NetworkConnect", "Image", own},
             {"ImageLoad", "Image", own},
             {"CreateRemoteThread", "SourceImage", own},
             {"RawAccessRead", "Image", own},
             {"ProcessAccess", "SourceImage", own},
             {"FileCreate", "Image", own},
             {"FileCreateStreamHash", "Image", own},
             {"PipeEvent", "Image", own},
             {"DnsQuery", "Image", own},
             {"FileDelete", "Image", own},
             {"FileDeleteDetected", "Image", own},
             {"FileExecutableDetected", "Image", own},
             {"eBPFEvent", "Image", own}})
      filters += "<" + event + " onmatch=\"include\"><" + field + " condition=\"is any\">" + value +
                 "</" + field + "></" + event + ">\n";
    return dir_.Write("config",
                      "<Sysmon schemaversion=\"4.90\"><HashAlgorithms>IMPHASH</HashAlgorithms>"
                      "<EventFiltering>" +
                          filters + "</EventFiltering></Sysmon>\n");
  }
};

// PIDIGREE_PROPERTY_SCALE=10 makes it 100,000 operations.
TEST_F(AgentCompleteness, EveryOperationIsAnEventOrACountedLoss) {
  const std::string place = dir_.Path("place");
  ASSERT_TRUE(std::filesystem::create_directory(place));
  const std::string program = place + "/true";
  std::filesystem::copy_file("/bin/true", program);
  const size_t count = ScaledCount(10'000);
  Worker worker(place);
  const auto operations = worker.Operations();
  const auto order = RandomOrder(operations, count);

  RunningAgent agent(dir_, {.more = {"--config", Config(program)}});
  const pid_t child = fork();
  if (child == 0) {
    worker.Prepare();
    for (const size_t each : order) operations[each].run();
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  const ProgramResult ended = agent.Stop();
  EXPECT_EQ(ended.exit_status, 0);

  Counts expected = Worker::EventsBefore();
  for (const size_t each : order) {
    for (const auto& [id, events] : operations[each].events) expected[id] += events;
  }

  // Of the worker, and of the children that it ran programs in.
  const std::string pid = std::to_string(child);
  Counts written;
  std::set<std::string> children;
  uint64_t lost = 0;
  std::ifstream output(agent.output());
  for (std::string line; std::getline(output, line);) {
    const Result<LoggedEvent> event = ParseLoggedEvent(line);
    ASSERT_TRUE(event) << line;
    const std::string guid(event->Get("ProcessGuid"));
    bool counts = event->Get("ProcessId") == pid || event->Get("SourceProcessId") == pid;
    switch (event->id) {
      case 1:
        counts = event->Get("ParentProcessId") == pid && event->Get("Description") == "-";
        if (counts) children.insert(guid);
        break;
      case 5:
      case 25:
        counts = children.contains(guid);
        break;
      case 255:
        if (event->Get("Description").find(" events lost ") != std::string_view::npos)
          lost += std::stoull(std::string(event->Get("Description")));
        break;
    }
    if (counts) ++written[event->id];
  }

  size_t missing = 0;
  for (const auto& [id, events] : written) EXPECT_LE(events, expected[id]) << "event " << id;
  for (const auto& [id, events] : expected) {
    const size_t found = written[id];
    missing += events - std::min(events, found);
    EXPECT_TRUE(lost > 0 || found == events) << "event " << id << ": " << found << " of " << events;
  }
  EXPECT_LE(missing, lost);
  std::printf("%zu operations, %zu events missing, %llu counted as lost\n", count, missing,
              static_cast<unsigned long long>(lost));
}

}  // namespace
}  // namespace pidigree
