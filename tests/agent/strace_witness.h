#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// A call that succeeded, as `strace -xx -y -v` prints it.
struct StraceCall {
  std::string name;
  std::vector<std::string> arguments;
  std::string result;
};

// What a single process does to a directory that is empty at first, to a network of its own and to
// others, by the calls that strace(1) saw: each event that an agent has to tell of it, in the words
// of MixedWorkDone::KeyOf().
class StraceWitness {
 public:
  // `functions`: what an agent is to see that watches functions of the kernel.
  StraceWitness(pid_t process, bool functions) : process_(process), functions_(functions) {}

  // Lines of the log, in order.
  void Read(std::string_view line);

  const std::multiset<std::string>& events() const { return events_; }
  size_t calls() const { return calls_; }

 private:
  using Handler = void (StraceWitness::*)(const StraceCall& call);
  static const std::map<std::string_view, Handler>& Handlers();

  // What a descriptor is.
  struct Descriptor {
    bool is_stream = false;
    std::string name;                  // "127.0.0.1 53"; empty: not known yet
    std::vector<std::string> sent_to;  // until it is
    pid_t target = 0;                  // of a pidfd
  };
  Descriptor& NewDescriptor(const StraceCall& call);

  void Tell(const std::string& event) { events_.insert(event); }
  void TellCreated(const std::string& path);
  void TellDeleted(const std::string& path);
  void TellDatagram(const std::string& from, const std::string& to);

  void Open(const StraceCall& call);
  void Write(const StraceCall& call);
  void SendFile(const StraceCall& call);
  void Close(const StraceCall& call);
  void Unlink(const StraceCall& call);
  void Rename(const StraceCall& call);
  void Link(const StraceCall& call);
  void LinkAt(const StraceCall& call);
  void MakeNode(const StraceCall& call);
  void SetTimes(const StraceCall& call);
  void SetAttribute(const StraceCall& call);
  void SetMode(const StraceCall& call);
  void Map(const StraceCall& call);
  void Socket(const StraceCall& call);
  void Bind(const StraceCall& call);
  void GetName(const StraceCall& call);
  void Connect(const StraceCall& call);
  void Accept(const StraceCall& call);
  void SendTo(const StraceCall& call);
  void Receive(const StraceCall& call);
  void ReadMemory(const StraceCall& call);
  void WriteMemory(const StraceCall& call);
  void OpenProcess(const StraceCall& call);
  void TakeDescriptor(const StraceCall& call);
  void Trace(const StraceCall& call);
  void Bpf(const StraceCall& call);
  void LoadModule(const StraceCall& call);

  const pid_t process_;
  const bool functions_;
  std::multiset<std::string> events_;
  size_t calls_ = 0;
  std::set<std::string> names_;                // that are there
  std::set<std::string> fifos_;                // among them
  std::map<std::string, std::string> starts_;  // of what was written to a path
  std::map<int, Descriptor> descriptors_;
  std::set<std::string> exchanges_;  // "FROM > TO" of datagrams
  bool loads_bpf_ = false;
};

}  // namespace pidigree
