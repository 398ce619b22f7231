#include "tests/agent/strace_witness.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace pidigree {
namespace {

// Text of `\xNN`, up to `end`.
std::string Decode(std::string_view text, char end) {
  std::string decoded;
  for (size_t at = 0; at + 3 < text.size() && text[at] != end; at += 4)
    decoded.push_back(
        static_cast<char>(std::stoi(std::string(text.substr(at + 2, 2)), nullptr, 16)));
  return decoded;
}

// What stands between `before` and the next character that is none of a word.
std::string WordAfter(std::string_view text, std::string_view before) {
  const size_t found = text.find(before);
  if (found == text.npos) return {};
  text.remove_prefix(found + before.size());
  return std::string(text.substr(0, text.find_first_of(",)}]> ")));
}

int NumberOf(std::string_view argument) { return std::atoi(std::string(argument).c_str()); }

// "3</tmp/file>"
std::string PathOf(std::string_view descriptor) {
  const size_t open = descriptor.find('<');
  return open == descriptor.npos ? "" : Decode(descriptor.substr(open + 1), '>');
}

// An argument's text in quotation marks.
std::string TextOf(std::string_view argument) {
  const size_t open = argument.find('"');
  return open == argument.npos ? "" : Decode(argument.substr(open + 1), '"');
}

// "127.0.0.1 53" of a socket address, as events have it: no zeros left out, mapped ones as IPv4.
std::string EndOf(std::string_view address) {
  const std::string ip = TextOf(address);
  std::string port = WordAfter(address, "sin_port=htons(");
  if (!port.empty()) return ip + " " + port;
  port = WordAfter(address, "sin6_port=htons(");
  in6_addr parsed{};
  EXPECT_EQ(inet_pton(AF_INET6, ip.c_str(), &parsed), 1) << address;
  const uint8_t* const bytes = parsed.s6_addr;
  std::array<char, 64> text{};
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
    inet_ntop(AF_INET, bytes + 12, text.data(), text.size());
    return text.data() + (" " + port);
  }
  std::string whole;
  for (size_t i = 0; i < 16; i += 2) {
    std::snprintf(text.data(), text.size(), "%x",
                  static_cast<unsigned>(bytes[i] << 8 | bytes[i + 1]));
    whole += (i > 0 ? ":" : "") + std::string(text.data());
  }
  return whole + " " + port;
}

bool IsInternet(std::string_view address) { return address.find("AF_INET") != address.npos; }
bool IsUnix(std::string_view address) { return address.find("AF_UNIX") != address.npos; }

// "0x6005a0", as StartAddress has it.
std::string StartAddress(const std::string& address) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%016lX", std::strtoul(address.c_str(), nullptr, 16));
  return text.data();
}

// nullopt: no call, or one that failed.
std::optional<StraceCall> ParseCall(std::string_view line) {
  const size_t open = line.find('(');
  if (open == line.npos || line.starts_with('-') || line.starts_with('+')) return std::nullopt;
  StraceCall call;
  call.name = line.substr(0, open);
  size_t depth = 0, begin = open + 1, at = begin;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    const bool closes = c == ')' || c == ']' || c == '}';
    if (closes && depth > 0) {
      --depth;
    } else if ((c == ',' && depth == 0) || closes) {
      call.arguments.emplace_back(line.substr(begin, at - begin));
      begin = at + 2;  // behind the blank
      if (closes) break;
    }
  }
  const size_t equals = line.find("= ", at);
  if (equals == line.npos) return std::nullopt;
  call.result = line.substr(equals + 2);
  if (call.result.starts_with('-') || call.result.starts_with('?')) return std::nullopt;
  return call;
}

// The event 22 of a message of RFC 1035, 4.1: "" if it is no reply. Its answers are one address.
std::string EventOfReply(std::string_view message) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(message[at]); };
  if (message.size() < 17 || (byte(2) & 0x80) == 0) return {};
  std::string name;
  size_t at = 12;
  for (; byte(at) != 0; at += byte(at) + size_t{1})
    name += (name.empty() ? "" : ".") + std::string(message.substr(at + 1, byte(at)));
  const int code = byte(3) & 0xf;
  std::string results = "-";
  if (byte(7) == 1) {
    results = "::ffff:";
    for (size_t i = message.size() - 4; i < message.size(); ++i)
      results += std::to_string(byte(i)) + (i + 1 < message.size() ? "." : ";");
  }
  return "22 " + name + " " + std::to_string(code == 0 ? 0 : 9000 + code) + " " + results;
}

}  // namespace

const std::map<std::string_view, StraceWitness::Handler>& StraceWitness::Handlers() {
  static const std::map<std::string_view, Handler> handlers = {
      {"openat", &StraceWitness::Open},
      {"write", &StraceWitness::Write},
      {"sendfile", &StraceWitness::SendFile},
      {"close", &StraceWitness::Close},
      {"unlink", &StraceWitness::Unlink},
      {"rename", &StraceWitness::Rename},
      {"link", &StraceWitness::Link},
      {"linkat", &StraceWitness::LinkAt},
      {"symlink", &StraceWitness::Link},
      {"mknodat", &StraceWitness::MakeNode},
      {"utimensat", &StraceWitness::SetTimes},
      {"setxattr", &StraceWitness::SetAttribute},
      {"chmod", &StraceWitness::SetMode},
      {"fchmod", &StraceWitness::SetMode},
      {"mmap", &StraceWitness::Map},
      {"socket", &StraceWitness::Socket},
      {"bind", &StraceWitness::Bind},
      {"getsockname", &StraceWitness::GetName},
      {"connect", &StraceWitness::Connect},
      {"accept4", &StraceWitness::Accept},
      {"sendto", &StraceWitness::SendTo},
      {"recvfrom", &StraceWitness::Receive},
      {"process_vm_readv", &StraceWitness::ReadMemory},
      {"process_vm_writev", &StraceWitness::WriteMemory},
      {"pidfd_open", &StraceWitness::OpenProcess},
      {"pidfd_getfd", &StraceWitness::TakeDescriptor},
      {"ptrace", &StraceWitness::Trace},
      {"bpf", &StraceWitness::Bpf},
      {"finit_module", &StraceWitness::LoadModule},
  };
  return handlers;
}

void StraceWitness::Read(std::string_view line) {
  const std::optional<StraceCall> call = ParseCall(line);
  if (!call) return;
  const auto handler = Handlers().find(call->name);
  if (handler == Handlers().end()) return;
  ++calls_;
  (this->*handler->second)(*call);
}

StraceWitness::Descriptor& StraceWitness::NewDescriptor(const StraceCall& call) {
  return descriptors_[NumberOf(call.result)] = {};
}

// --- files --------------------------------------------------------------------------------------

void StraceWitness::TellCreated(const std::string& path) {
  names_.insert(path);
  Tell("11 " + path);
}

void StraceWitness::TellDeleted(const std::string& path) {
  Tell("23 " + path);
  Tell("26 " + path);
}

void StraceWitness::Open(const StraceCall& call) {
  const std::string path = TextOf(call.arguments.at(1));
  const std::string& flags = call.arguments.at(2);
  if (flags.find("O_PATH") != flags.npos) return;
  const bool reads = flags.find("O_WRONLY") == flags.npos;
  const bool writes = flags.find("O_RDONLY") == flags.npos;
  int target = 0, size = 0;
  if (std::sscanf(path.c_str(), "/proc/%d/mem%n", &target, &size) == 1 &&
      size == static_cast<int>(path.size())) {
    const std::string who = std::to_string(target);
    Tell("10 " + who + (reads && writes ? " 0x38" : writes ? " 0x28" : " 0x10"));
    if (writes) Tell("8 " + who + " - -");
    return;
  }
  if (flags.find("O_TMPFILE") == flags.npos && flags.find("O_CREAT") != flags.npos &&
      !names_.contains(path))
    TellCreated(path);
  if (fifos_.contains(path)) Tell("18 ConnectPipe " + path);
  struct stat status {};
  if (path.starts_with("/dev/") && reads && stat(path.c_str(), &status) == 0 &&
      S_ISBLK(status.st_mode))
    Tell("9 " + path);
}

void StraceWitness::Write(const StraceCall& call) {
  starts_.emplace(PathOf(call.arguments.at(0)), TextOf(call.arguments.at(1)));
}

void StraceWitness::SendFile(const StraceCall& call) {
  std::string start(4, '\0');
  std::ifstream(PathOf(call.arguments.at(1)), std::ios::binary).read(start.data(), 4);
  starts_.emplace(PathOf(call.arguments.at(0)), start);
}

void StraceWitness::Close(const StraceCall& call) {
  const auto start = starts_.find(PathOf(call.arguments.at(0)));
  if (start == starts_.end()) return;
  // What lies in memory only becomes an event 25, once it runs.
  const bool is_file = !start->first.starts_with("/memfd:");
  if (is_file && (start->second.starts_with("#!") || start->second.starts_with("\177ELF")))
    Tell("29 " + start->first);
  starts_.erase(start);
}

void StraceWitness::Unlink(const StraceCall& call) {
  const std::string path = TextOf(call.arguments.at(0));
  names_.erase(path);
  fifos_.erase(path);
  TellDeleted(path);
}

void StraceWitness::Rename(const StraceCall& call) {
  const std::string from = TextOf(call.arguments.at(0)), to = TextOf(call.arguments.at(1));
  names_.erase(from);
  if (functions_ && names_.contains(to))
    TellDeleted(to);
  else
    TellCreated(to);
}

void StraceWitness::Link(const StraceCall& call) { TellCreated(TextOf(call.arguments.at(1))); }
void StraceWitness::LinkAt(const StraceCall& call) { TellCreated(TextOf(call.arguments.at(3))); }

void StraceWitness::MakeNode(const StraceCall& call) {
  const std::string path = TextOf(call.arguments.at(1));
  TellCreated(path);
  if (!call.arguments.at(2).starts_with("S_IFIFO")) return;
  fifos_.insert(path);
  Tell("17 CreatePipe " + path);
}

void StraceWitness::SetTimes(const StraceCall& call) {
  // "... /* 2001-09-09T01:46:41.250000000+0000 */]", the second time of two.
  const std::string& times = call.arguments.at(2);
  std::string time =
      times.substr(times.rfind("/*") + 3, std::string_view("2001-09-09T01:46:41.250").size());
  std::replace(time.begin(), time.end(), 'T', ' ');
  Tell("2 " + TextOf(call.arguments.at(1)) + " " + time);
}

void StraceWitness::SetAttribute(const StraceCall& call) {
  const std::string name = TextOf(call.arguments.at(1));
  if (name.starts_with("user."))
    Tell("15 " + TextOf(call.arguments.at(0)) + ":" + name + " " + TextOf(call.arguments.at(2)));
}

void StraceWitness::SetMode(const StraceCall& call) {
  const std::string& file = call.arguments.at(0);
  if ((std::strtoul(call.arguments.at(1).c_str(), nullptr, 8) & 0111) != 0)
    Tell("29 " + (call.name == "chmod" ? TextOf(file) : PathOf(file)));
}

void StraceWitness::Map(const StraceCall& call) {
  const std::string path = PathOf(call.arguments.at(4));
  if (!path.empty() && call.arguments.at(2).find("PROT_EXEC") != std::string::npos)
    Tell("7 " + path);
}

// --- sockets ------------------------------------------------------------------------------------

void StraceWitness::Socket(const StraceCall& call) {
  NewDescriptor(call).is_stream = call.arguments.at(1).starts_with("SOCK_STREAM");
}

void StraceWitness::Bind(const StraceCall& call) {
  const std::string& address = call.arguments.at(1);
  if (IsUnix(address)) {
    Tell("17 CreatePipe " + TextOf(address));
    if (functions_) TellCreated(TextOf(address));
  } else if (IsInternet(address)) {
    const std::string end = EndOf(call.arguments.at(1));
    if (!end.ends_with(" 0")) descriptors_[NumberOf(call.arguments.at(0))].name = end;
  }
}

void StraceWitness::GetName(const StraceCall& call) {
  Descriptor& descriptor = descriptors_[NumberOf(call.arguments.at(0))];
  descriptor.name = EndOf(call.arguments.at(1));
  for (const std::string& to : descriptor.sent_to) TellDatagram(descriptor.name, to);
  descriptor.sent_to.clear();
}

void StraceWitness::Connect(const StraceCall& call) {
  if (IsUnix(call.arguments.at(1))) Tell("18 ConnectPipe " + TextOf(call.arguments.at(1)));
}

// Of both ends, since the process is both.
void StraceWitness::Accept(const StraceCall& call) {
  const std::string ends =
      EndOf(call.arguments.at(1)) + " " + descriptors_[NumberOf(call.arguments.at(0))].name;
  Tell("3 tcp true " + ends);
  Tell("3 tcp false " + ends);
  NewDescriptor(call).is_stream = true;
}

void StraceWitness::TellDatagram(const std::string& from, const std::string& to) {
  if (!exchanges_.insert(from + " > " + to).second) return;
  if (exchanges_.contains(to + " > " + from))
    Tell("3 udp false " + to + " " + from);
  else
    Tell("3 udp true " + from + " " + to);
}

void StraceWitness::SendTo(const StraceCall& call) {
  if (!IsInternet(call.arguments.at(4))) return;
  const std::string to = EndOf(call.arguments.at(4));
  Descriptor& descriptor = descriptors_[NumberOf(call.arguments.at(0))];
  if (descriptor.name.empty())
    descriptor.sent_to.push_back(to);
  else
    TellDatagram(descriptor.name, to);
}

void StraceWitness::Receive(const StraceCall& call) {
  const bool is_stream = descriptors_[NumberOf(call.arguments.at(0))].is_stream;
  const std::string bytes = TextOf(call.arguments.at(1));
  const std::string event =
      EventOfReply(std::string_view(bytes).substr(is_stream ? sizeof(uint16_t) : 0));
  if (!event.empty()) Tell(event);
}

// --- processes ----------------------------------------------------------------------------------

void StraceWitness::ReadMemory(const StraceCall& call) {
  if (NumberOf(call.arguments.at(0)) != process_) Tell("10 " + call.arguments.at(0) + " 0x10");
}

void StraceWitness::WriteMemory(const StraceCall& call) {
  const std::string& target = call.arguments.at(0);
  if (NumberOf(target) == process_) return;
  Tell("10 " + target + " 0x28");
  Tell("8 " + target + " - " + StartAddress(WordAfter(call.arguments.at(3), "iov_base=")));
}

void StraceWitness::OpenProcess(const StraceCall& call) {
  NewDescriptor(call).target = NumberOf(call.arguments.at(0));
}

void StraceWitness::TakeDescriptor(const StraceCall& call) {
  Tell("10 " + std::to_string(descriptors_[NumberOf(call.arguments.at(0))].target) + " 0x40");
}

void StraceWitness::Trace(const StraceCall& call) {
  const std::string& request = call.arguments.at(0);
  if (request == "PTRACE_ATTACH" || request == "PTRACE_SEIZE")
    Tell("10 " + call.arguments.at(1) + " 0x83a");
  else if (request == "PTRACE_POKEDATA")
    Tell("8 " + call.arguments.at(1) + " - " + StartAddress(call.arguments.at(2)));
}

// The load does not say the number that the program got; the question behind it does.
void StraceWitness::Bpf(const StraceCall& call) {
  const std::string& command = call.arguments.at(0);
  if (command == "BPF_PROG_LOAD") loads_bpf_ = true;
  if (command != "BPF_OBJ_GET_INFO_BY_FD" || !loads_bpf_) return;
  loads_bpf_ = false;
  const std::string& info = call.arguments.at(1);
  const size_t name = info.find(" name=");
  Tell("100 " + WordAfter(info, "{type=BPF_PROG_TYPE_") + " " + WordAfter(info, " id=") + " " +
       (name == info.npos ? "" : TextOf(std::string_view(info).substr(name))));
}

void StraceWitness::LoadModule(const StraceCall& call) {
  Tell("6 " + PathOf(call.arguments.at(0)));
}

}  // namespace pidigree
