#pragma once

#include <sys/stat.h>

#include <string_view>

#include "schema/kernel_actions.h"
#include "src/event/access_fact.h"
#include "src/event/code_fact.h"
#include "src/event/file_fact.h"
#include "src/event/life_facts.h"
#include "src/event/network_fact.h"

namespace pidigree {

// A reply of a DNS server: www.example.com has the address 192.0.2.1 for five minutes; byte by byte
// (RFC 1035, 4.1).
inline constexpr char kDnsReplyBytes[] =
    "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1"
    "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1";
inline constexpr std::string_view kDnsReply{kDnsReplyBytes, sizeof kDnsReplyBytes - 1};

template <typename Take>
void ForEachAction(const Take& take) {
  for (int number = 1; events_of_action(static_cast<kernel_action>(number)) != 0; ++number)
    take(static_cast<kernel_action>(number));
}

inline FileFact MakeFileFact(FileAction action, const Subject& actor,
                             uint32_t mode = S_IFREG | 0700) {
  FileFact event;
  event.subject = actor;
  event.action = action;
  event.path.text = "/home/alice/f";
  event.mode = mode;
  event.time_ns = 1'700'000'000'000'000'000;
  event.attribute = "user.origin";
  return event;
}

// Gives `take` a fact that tells that `actor` did this, to `target` where others are concerned, and
// of which every event is made that the table of actions lists.
template <typename Take>
void WithFactOf(kernel_action action, const Subject& actor, const ProcessKey& target,
                const Take& take) {
  switch (action) {
    case ACTION_EXECUTED: {
      ExecFact exec;
      exec.subject.time_ns = actor.time_ns;
      exec.subject.process = actor.process;
      exec.subject.ids.uid = actor.ids.uid;
      exec.image.text = "/bin/sh";
      exec.traced = true;
      return take(exec);
    }
    case ACTION_FILE_CREATED:
    case ACTION_FILE_DELETED:
    case ACTION_FILE_TIMES_SET:
    case ACTION_FILE_ATTRIBUTE_SET:
    case ACTION_FILE_WRITTEN:
    case ACTION_FILE_MADE_EXECUTABLE:
      return take(MakeFileFact(static_cast<FileAction>(action), actor));
    case ACTION_FILE_DEVICE_OPENED:
      return take(MakeFileFact(FileAction::kDeviceOpened, actor, S_IFBLK));
    case ACTION_FILE_FIFO_OPENED:
      return take(MakeFileFact(FileAction::kFifoOpened, actor, S_IFIFO));
    case ACTION_FIFO_CREATED:
      return take(MakeFileFact(FileAction::kCreated, actor, S_IFIFO));
    case ACTION_CONNECTION_OPENED:
    case ACTION_CONNECTION_ACCEPTED:
    case ACTION_DATAGRAM_EXCHANGED:
      return take(FlowFact{
          .subject = actor,
          .protocol = action == ACTION_DATAGRAM_EXCHANGED ? FlowProtocol::kUdp : FlowProtocol::kTcp,
          .inbound = action == ACTION_CONNECTION_ACCEPTED,
          .local = {IpAddress::V4(192, 168, 2, 5), 51492},
          .remote = {IpAddress::V4(192, 0, 2, 1), 443}});
    case ACTION_PIPE_CREATED:
    case ACTION_PIPE_CONNECTED:
      return take(PipeFact{
          .subject = actor, .action = static_cast<PipeAction>(action), .path = {.text = "/run/s"}});
    case ACTION_DNS_REPLIED:
      return take(DnsFact{.subject = actor, .bytes = kDnsReply});
    case ACTION_ACCESS_ATTACH:
    case ACTION_ACCESS_TRACE_ME:
    case ACTION_ACCESS_POKE:
    case ACTION_ACCESS_REGISTERS:
    case ACTION_ACCESS_READ:
    case ACTION_ACCESS_WRITE:
    case ACTION_ACCESS_DESCRIPTOR:
    case ACTION_ACCESS_MEMORY_FILE: {
      AccessFact access;
      access.subject = actor;
      access.kind = static_cast<AccessKind>(action);
      access.target = target;
      access.readable = access.writable = true;
      return take(access);
    }
    case ACTION_IMAGE_MAPPED:
    case ACTION_IMAGE_REPLACED:
      return take(ImageFact{.subject = actor,
                            .action = static_cast<ImageAction>(action),
                            .path = {.text = "/lib/x.so"},
                            .file = {.inode = 7}});
    case ACTION_MODULE_LOADED:
      return take(ModuleFact{
          .subject = actor, .name = "dummy", .path = {}, .file = {}, .valid_signature = {}});
    case ACTION_BPF_PROGRAM_LOADED:
      return take(BpfProgramFact{.subject = actor, .id = 5, .type = 6, .name = "name"});
  }
}

}  // namespace pidigree
