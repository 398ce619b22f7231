// SPDX-License-Identifier: GPL-2.0-only
/* Who speaks to whom over TCP and UDP, and which named Unix sockets are made and connected to. */

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/actor.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/mute.h"
#include "bpf/packet.h"
#include "bpf/path.h"
#include "bpf/scratch.h"
#include "bpf/socket.h"
#include "bpf/syscall.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "GPL";

/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3

/* --- TCP -------------------------------------------------------------------------------------- */

/*
 * Who called connect(2), for sockets that wait for an answer. Somebody who waits for more than can
 * be kept here loses those that have waited for longest.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct wire_actor);
} connecting SEC(".maps");

static __always_inline void send_flow(struct wire_flow *flow, __u32 flags, __u64 previous_ns)
{
	flow->header.kind = WIRE_FLOW;
	flow->previous_ns = previous_ns;
	flow->flags = flags;
	send(&flow->header, sizeof(*flow));
}

static __always_inline void connected(const struct sock *sk)
{
	const __u64 key = (__u64)sk;
	const struct wire_actor *actor = bpf_map_lookup_elem(&connecting, &key);
	struct wire_flow flow;

	if (!actor) {
		struct wire_losses *here = losses_here();

		if (here)
			__sync_fetch_and_add(&here->owner_unknown, 1);
		return;
	}
	flow.actor = *actor;
	read_ends(sk, &flow);
	send_flow(&flow, 0, 0);
}

/*
 * include/trace/events/sock.h: the answer comes in a softirq, but connect(2) itself begins to wait.
 * Two ends that connect to each other at once go through SYN_RECV.
 */
SEC("raw_tp/inet_sock_set_state")
int on_tcp_state(struct bpf_raw_tracepoint_args *ctx)
{
	const struct sock *sk = (const void *)ctx->args[0];
	const int before = ctx->args[1];
	const int after = ctx->args[2];
	const __u64 key = (__u64)sk;

	if (before != TCP_SYN_SENT && after != TCP_SYN_SENT &&
	    !(before == TCP_SYN_RECV && after == TCP_ESTABLISHED))
		return 0;
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (after == TCP_SYN_SENT) {
		struct wire_actor actor;

		read_actor(&actor);
		bpf_map_update_elem(&connecting, &key, &actor, BPF_ANY);
		return 0;
	}
	if (after == TCP_SYN_RECV)
		return 0;
	if (after == TCP_ESTABLISHED) {
		/* A listener's child goes this way, too; it is nobody's yet. */
		if (before == TCP_SYN_RECV && !bpf_map_lookup_elem(&connecting, &key))
			return 0;
		connected(sk);
	} else {
		struct wire_losses *here = losses_here();

		if (here)
			__sync_fetch_and_add(&here->connects_failed, 1);
	}
	bpf_map_delete_elem(&connecting, &key);
	return 0;
}

/* A process takes a connection from a listener. */
static __always_inline void accepted(const struct sock *sk)
{
	const __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	const __u16 protocol = BPF_CORE_READ(sk, sk_protocol);
	struct wire_flow flow;

	if ((family != AF_INET && family != AF_INET6) ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP))
		return;
	read_actor(&flow.actor);
	if (is_muted(&flow.actor, ACTION_CONNECTION_ACCEPTED))
		return;
	read_ends(sk, &flow);
	send_flow(&flow, WIRE_FLOW_INBOUND, 0);
}

/* include/net/sock.h: the connection gets its socket, in accept(2). */
SEC("fentry/security_sock_graft")
int BPF_PROG(on_accept, struct sock *sk)
{
	accepted(sk);
	return 0;
}

SEC("kprobe/security_sock_graft")
int BPF_KPROBE(on_accept_kprobe, struct sock *sk)
{
	accepted(sk);
	return 0;
}

/* accept and accept4 */
SEC("tp")
int on_accept_exit(struct syscall_exit *ctx)
{
	const struct file *file = ctx->result < 0 ? 0 : file_of_descriptor(ctx->result);
	const struct sock *sk = file ? socket_of(file) : 0;

	if (sk)
		accepted(sk);
	return 0;
}

/* --- UDP -------------------------------------------------------------------------------------- */

/* A socket and whom it exchanges datagrams with. */
struct peer {
	__u64 socket;
	__u8 remote[16];
	__u16 remote_port;
	__u16 local_port;
	__u32 zero;
};

/*
 * The agent keeps account of exchanges; this spares it most of the datagrams. What is forgotten
 * here is told once more.
 */
struct exchange {
	struct wire_process process; /* that was told last; all 0: none */
	__u8 local[16];
	__u64 seen_ns; /* the last datagram */
	__u64 told_ns;
	__u64 inbound; /* the peer began */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct peer);
	__type(value, struct exchange);
} exchanges SEC(".maps");

#define TOLD_AGAIN_NS 60000000000ull
#define IDLE_NS (30 * 60000000000ull) /* then another exchange begins */

static __always_inline void name_peer(struct peer *peer, __u64 socket, const __u8 *remote,
				      __u16 remote_port, __u16 local_port)
{
	__builtin_memset(peer, 0, sizeof(*peer));
	peer->socket = socket;
	__builtin_memcpy(peer->remote, remote, sizeof(peer->remote));
	peer->remote_port = remote_port;
	peer->local_port = local_port;
}

static __always_inline _Bool is_same_address(const __u8 *one, const __u8 *other)
{
	__u64 words[2], others[2];

	__builtin_memcpy(words, one, sizeof(words));
	__builtin_memcpy(others, other, sizeof(others));
	return words[0] == others[0] && words[1] == others[1];
}

/* `inbound`: if it begins with this datagram, then the peer has begun it. */
static __always_inline struct exchange *exchange_with(const struct peer *peer, const __u8 *local,
						      _Bool inbound)
{
	struct exchange *known = bpf_map_lookup_elem(&exchanges, peer);
	const __u64 now = bpf_ktime_get_boot_ns();
	struct exchange exchange = {};

	if (known && now - known->seen_ns < IDLE_NS && is_same_address(known->local, local))
		return known;
	__builtin_memcpy(exchange.local, local, sizeof(exchange.local));
	exchange.inbound = inbound;
	exchange.seen_ns = now;
	bpf_map_update_elem(&exchanges, peer, &exchange, BPF_ANY);
	return bpf_map_lookup_elem(&exchanges, peer);
}

/* The current process sends something to the peer, or takes what it sent. */
static __always_inline void exchanged(const struct peer *peer, struct exchange *exchange)
{
	const __u64 now = bpf_ktime_get_boot_ns();
	const __u64 previous_ns = exchange->seen_ns;
	struct wire_flow flow;
	_Bool same;

	read_sender(&flow.actor);
	same = exchange->process.tgid == flow.actor.process.tgid &&
	       exchange->process.start_ns == flow.actor.process.start_ns;
	exchange->seen_ns = now;
	if (!flow.actor.process.tgid || (same && now - exchange->told_ns < TOLD_AGAIN_NS))
		return;
	exchange->process = flow.actor.process;
	exchange->told_ns = now;
	__builtin_memcpy(flow.local, exchange->local, sizeof(flow.local));
	__builtin_memcpy(flow.remote, peer->remote, sizeof(flow.remote));
	flow.local_port = peer->local_port;
	flow.remote_port = peer->remote_port;
	send_flow(&flow, WIRE_FLOW_UDP | (exchange->inbound ? WIRE_FLOW_INBOUND : 0),
		  same ? previous_ns : 0);
}

static __always_inline void sent(__u64 socket, const struct packet *packet)
{
	struct exchange *exchange;
	struct peer peer;

	name_peer(&peer, socket, packet->destination, packet->destination_port,
		  packet->source_port);
	exchange = exchange_with(&peer, packet->source, 0);
	if (exchange)
		exchanged(&peer, exchange);
}

/* net/ipv4/ip_output.c, net/ipv6/ip6_output.c: in the context of whoever sends. */
static __always_inline void sent_packet(const struct sk_buff *skb)
{
	const struct sock *sk = BPF_CORE_READ(skb, sk);
	struct packet packet;

	if (sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_UDP && read_kernel_packet(skb, &packet))
		sent((__u64)sk, &packet);
}

SEC("fentry/ip_send_skb")
int BPF_PROG(on_udp4_send, struct net *net, struct sk_buff *skb)
{
	sent_packet(skb);
	return 0;
}

SEC("fentry/ip6_send_skb")
int BPF_PROG(on_udp6_send, struct sk_buff *skb)
{
	sent_packet(skb);
	return 0;
}

/* net/ipv4/udp.c: the caller has got the datagram. */
SEC("fentry/skb_consume_udp")
int BPF_PROG(on_udp_taken, struct sock *sk, struct sk_buff *skb)
{
	struct exchange *exchange;
	struct packet packet;
	struct peer peer;

	if (!read_kernel_packet(skb, &packet))
		return 0;
	name_peer(&peer, (__u64)sk, packet.source, packet.source_port, packet.destination_port);
	exchange = exchange_with(&peer, packet.destination, 1);
	if (exchange)
		exchanged(&peer, exchange);
	return 0;
}

static __always_inline _Bool is_udp(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	sk = sk ? bpf_sk_fullsock(sk) : 0;
	return sk && sk->protocol == IPPROTO_UDP;
}

/* In the context of whoever sends. */
SEC("cgroup_skb/egress")
int on_udp_egress(struct __sk_buff *skb)
{
	struct packet packet;

	if (is_udp(skb) && read_packet(skb, IPPROTO_UDP, &packet))
		sent(bpf_get_socket_cookie(skb), &packet);
	return 1;
}

/* Before anybody takes it: tells where it came to, and that the peer began. */
SEC("cgroup_skb/ingress")
int on_udp_ingress(struct __sk_buff *skb)
{
	struct packet packet;
	struct peer peer;

	if (!is_udp(skb) || !read_packet(skb, IPPROTO_UDP, &packet))
		return 1;
	name_peer(&peer, bpf_get_socket_cookie(skb), packet.source, packet.source_port,
		  packet.destination_port);
	exchange_with(&peer, packet.destination, 1);
	return 1;
}

static __always_inline void taken(struct bpf_sock_addr *ctx, const __u8 *remote)
{
	struct bpf_sock *sk = ctx->sk;
	struct exchange *exchange;
	struct peer peer;

	if (!sk)
		return;
	name_peer(&peer, bpf_get_socket_cookie(ctx), remote, __builtin_bswap16(ctx->user_port),
		  sk->src_port);
	exchange = bpf_map_lookup_elem(&exchanges, &peer);
	if (exchange)
		exchanged(&peer, exchange);
}

/* recvmsg(2) and its kin, where they ask who sent it. */
SEC("cgroup/recvmsg4")
int on_udp_recvmsg4(struct bpf_sock_addr *ctx)
{
	__u8 remote[16];

	map_ipv4(ctx->user_ip4, remote);
	taken(ctx, remote);
	return 1;
}

SEC("cgroup/recvmsg6")
int on_udp_recvmsg6(struct bpf_sock_addr *ctx)
{
	__u32 remote[4];

	remote[0] = ctx->user_ip6[0];
	remote[1] = ctx->user_ip6[1];
	remote[2] = ctx->user_ip6[2];
	remote[3] = ctx->user_ip6[3];
	taken(ctx, (const __u8 *)remote);
	return 1;
}

/* --- Unix sockets ----------------------------------------------------------------------------- */

/* `sk` has, or is connected to, the name that `named` has. */
static __always_inline void send_name(const struct unix_sock *named, enum kernel_action action)
{
	const struct dentry *dentry = BPF_CORE_READ(named, path.dentry);
	struct wire_actor actor;
	struct scratch *scratch;
	__u64 size;

	if (!dentry) /* abstract, or no name */
		return;
	read_actor(&actor);
	if (is_muted(&actor, action))
		return;
	scratch = scratch_take();
	if (!scratch)
		return;
	scratch->pipe.header.kind = WIRE_PIPE;
	scratch->pipe.actor = actor;
	scratch->pipe.action = action;
	append_path_of(scratch, BPF_CORE_READ(named, path.mnt), dentry, home_of_actor(),
		       &scratch->pipe.path);
	size = sizeof(struct wire_pipe) + scratch->text_size;
	if (size <= sizeof(struct wire_pipe) + WIRE_TEXT_MAX)
		send(&scratch->pipe.header, size);
	scratch_release(scratch);
}

static __always_inline void bound(const struct sock *sk)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX)
		send_name((const void *)sk, ACTION_PIPE_CREATED);
}

static __always_inline void connected_to(const struct sock *sk)
{
	const struct unix_sock *unix_sock = (const void *)sk;
	const struct sock *peer;

	if (BPF_CORE_READ(sk, __sk_common.skc_family) != AF_UNIX)
		return;
	peer = BPF_CORE_READ(unix_sock, peer);
	if (peer)
		send_name((const void *)peer, ACTION_PIPE_CONNECTED);
}

/* net/unix/af_unix.c */
SEC("fexit/unix_bind")
int BPF_PROG(on_unix_bound, struct socket *socket, void *address, int size, int result)
{
	if (result == 0)
		bound(BPF_CORE_READ(socket, sk));
	return 0;
}

SEC("fexit/unix_stream_connect")
int BPF_PROG(on_unix_stream_connected, struct socket *socket, void *address, int size, int flags,
	     int result)
{
	if (result == 0)
		connected_to(BPF_CORE_READ(socket, sk));
	return 0;
}

SEC("fexit/unix_dgram_connect")
int BPF_PROG(on_unix_datagram_connected, struct socket *socket, void *address, int size, int flags,
	     int result)
{
	if (result == 0)
		connected_to(BPF_CORE_READ(socket, sk));
	return 0;
}

SEC("tp")
int on_bind_exit(struct syscall_exit *ctx)
{
	const struct file *file = ctx->result ? 0 : file_of_descriptor(SYSCALL_ARGUMENT(1));
	const struct sock *sk = file ? socket_of(file) : 0;

	if (sk)
		bound(sk);
	return 0;
}

SEC("tp")
int on_connect_exit(struct syscall_exit *ctx)
{
	const struct file *file = ctx->result ? 0 : file_of_descriptor(SYSCALL_ARGUMENT(1));
	const struct sock *sk = file ? socket_of(file) : 0;

	if (sk)
		connected_to(sk);
	return 0;
}
