#include "src/source/bpf/network_hooks.h"

#include <network.skel.h>

namespace pidigree {
namespace {

constexpr std::string_view kOtherCallers = "by 32-bit programs and through io_uring";

constexpr kernel_action kConnectActions[] = {ACTION_CONNECTION_OPENED};
constexpr HookProgram kState[] = {{"on_tcp_state"}};
constexpr HookAlternative kConnect[] = {{kState}};

constexpr kernel_action kAcceptActions[] = {ACTION_CONNECTION_ACCEPTED};
constexpr HookProgram kAcceptFunction[] = {{"on_accept"}};
constexpr HookProgram kAcceptKprobe[] = {{"on_accept_kprobe"}};
constexpr HookProgram kAcceptSyscalls[] = {
    {"on_accept_exit", "syscalls/sys_exit_accept"},
    {"on_accept_exit", "syscalls/sys_exit_accept4"},
};
constexpr HookAlternative kAccept[] = {
    {kAcceptFunction}, {kAcceptKprobe}, {kAcceptSyscalls, kOtherCallers}};

constexpr kernel_action kUdpActions[] = {ACTION_DATAGRAM_EXCHANGED};
constexpr HookProgram kUdpFunctions[] = {{"on_udp4_send"}, {"on_udp6_send"}, {"on_udp_taken"}};
constexpr HookProgram kUdpCgroup[] = {
    {"on_udp_egress"}, {"on_udp_ingress"}, {"on_udp_recvmsg4"}, {"on_udp_recvmsg6"}};
constexpr HookAlternative kUdp[] = {
    {kUdpFunctions},
    {kUdpCgroup, "received by who neither asks for the sender's address nor answers"}};

constexpr kernel_action kBindActions[] = {ACTION_PIPE_CREATED};
constexpr HookProgram kBindFunction[] = {{"on_unix_bound"}};
constexpr HookProgram kBindSyscall[] = {{"on_bind_exit", "syscalls/sys_exit_bind"}};
constexpr HookAlternative kBind[] = {{kBindFunction}, {kBindSyscall, kOtherCallers}};

constexpr kernel_action kUnixConnectActions[] = {ACTION_PIPE_CONNECTED};
constexpr HookProgram kUnixConnectFunctions[] = {{"on_unix_stream_connected"},
                                                 {"on_unix_datagram_connected"}};
constexpr HookProgram kUnixConnectSyscall[] = {{"on_connect_exit", "syscalls/sys_exit_connect"}};
constexpr HookAlternative kUnixConnect[] = {{kUnixConnectFunctions},
                                            {kUnixConnectSyscall, kOtherCallers}};

constexpr Hook kHooks[] = {
    {"TCP connections opened", kConnectActions, kConnect},
    {"TCP connections accepted", kAcceptActions, kAccept},
    {"UDP datagrams", kUdpActions, kUdp},
    {"Unix sockets bound", kBindActions, kBind},
    {"Unix sockets connected", kUnixConnectActions, kUnixConnect},
};

std::span<const std::byte> Object() {
  size_t size = 0;
  const void* const bytes = network_bpf__elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

}  // namespace

constexpr HookGroup kNetworkHooks{Object, kHooks};

}  // namespace pidigree
