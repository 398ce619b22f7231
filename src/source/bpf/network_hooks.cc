#include "src/source/bpf/network_hooks.h"

#include <network.skel.h>

namespace pidigree {
namespace {

constexpr std::string_view kOtherCallers = "by 32-bit programs and through io_uring";

constexpr uint16_t kFlowEvents[] = {3};
constexpr uint16_t kPipeEvents[] = {17, 18};

constexpr HookProgram kState[] = {{"on_tcp_state"}};
constexpr HookAlternative kConnect[] = {{kState}};

constexpr HookProgram kAcceptFunction[] = {{"on_accept"}};
constexpr HookProgram kAcceptKprobe[] = {{"on_accept_kprobe"}};
constexpr HookProgram kAcceptSyscalls[] = {
    {"on_accept_exit", "syscalls/sys_exit_accept"},
    {"on_accept_exit", "syscalls/sys_exit_accept4"},
};
constexpr HookAlternative kAccept[] = {
    {kAcceptFunction}, {kAcceptKprobe}, {kAcceptSyscalls, kOtherCallers}};

constexpr HookProgram kUdpFunctions[] = {{"on_udp4_send"}, {"on_udp6_send"}, {"on_udp_taken"}};
constexpr HookProgram kUdpCgroup[] = {
    {"on_udp_egress"}, {"on_udp_ingress"}, {"on_udp_recvmsg4"}, {"on_udp_recvmsg6"}};
constexpr HookAlternative kUdp[] = {
    {kUdpFunctions},
    {kUdpCgroup, "received by who neither asks for the sender's address nor answers"}};

constexpr HookProgram kBindFunction[] = {{"on_unix_bound"}};
constexpr HookProgram kBindSyscall[] = {{"on_bind_exit", "syscalls/sys_exit_bind"}};
constexpr HookAlternative kBind[] = {{kBindFunction}, {kBindSyscall, kOtherCallers}};

constexpr HookProgram kUnixConnectFunctions[] = {{"on_unix_stream_connected"},
                                                 {"on_unix_datagram_connected"}};
constexpr HookProgram kUnixConnectSyscall[] = {{"on_connect_exit", "syscalls/sys_exit_connect"}};
constexpr HookAlternative kUnixConnect[] = {{kUnixConnectFunctions},
                                            {kUnixConnectSyscall, kOtherCallers}};

constexpr Hook kHooks[] = {
    {"TCP connections opened", kFlowEvents, kConnect},
    {"TCP connections accepted", kFlowEvents, kAccept},
    {"UDP datagrams", kFlowEvents, kUdp},
    {"Unix sockets bound", kPipeEvents, kBind},
    {"Unix sockets connected", kPipeEvents, kUnixConnect},
};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = network_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kNetworkHooks{Object, kHooks};

}  // namespace pidigree
