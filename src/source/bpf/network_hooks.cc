#include <dns.skel.h>
#include <network.skel.h>

#include "src/source/bpf/hook_group.h"

namespace pidigree {

HookGroup NetworkHooks() {
  const std::string other_callers = "by 32-bit programs and through io_uring";
  return {
      ObjectOf<network_bpf__elf_bytes>,
      {
          {"TCP connections opened", {ACTION_CONNECTION_OPENED}, {{{{"on_tcp_state"}}}}},
          {"TCP connections accepted",
           {ACTION_CONNECTION_ACCEPTED},
           {{{{"on_accept"}}},
            {{{"on_accept_kprobe"}}},
            {{{"on_accept_exit", "syscalls/sys_exit_accept"},
              {"on_accept_exit", "syscalls/sys_exit_accept4"}},
             other_callers}}},
          {"UDP datagrams",
           {ACTION_DATAGRAM_EXCHANGED},
           {{{{"on_udp4_send"}, {"on_udp6_send"}, {"on_udp_taken"}}},
            {{{"on_udp_egress"}, {"on_udp_ingress"}, {"on_udp_recvmsg4"}, {"on_udp_recvmsg6"}},
             "received by who neither asks for the sender's address nor answers"}}},
          {"Unix sockets bound",
           {ACTION_PIPE_CREATED},
           {{{{"on_unix_bound"}}}, {{{"on_bind_exit", "syscalls/sys_exit_bind"}}, other_callers}}},
          {"Unix sockets connected",
           {ACTION_PIPE_CONNECTED},
           {{{{"on_unix_stream_connected"}, {"on_unix_datagram_connected"}}},
            {{{"on_connect_exit", "syscalls/sys_exit_connect"}}, other_callers}}},
      }};
}

HookGroup DnsHooks() {
  return {ObjectOf<dns_bpf__elf_bytes>,
          {{"replies of DNS servers",
            // Events of the others take their host names from replies.
            {ACTION_DNS_REPLIED, ACTION_CONNECTION_OPENED, ACTION_CONNECTION_ACCEPTED,
             ACTION_DATAGRAM_EXCHANGED},
            {{{{"on_dns_sent"}, {"on_dns_arrived"}}}}}}};
}

}  // namespace pidigree
