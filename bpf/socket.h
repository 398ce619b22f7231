/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_SOCKET_H
#define PIDIGREE_BPF_SOCKET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/wire.h"

/* include/linux/socket.h, include/uapi/linux/in.h, include/net/tcp_states.h */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* `address` in network byte order, as an IPv6 address. */
static __always_inline void map_ipv4(__be32 address, __u8 *out)
{
	__builtin_memset(out, 0, 10);
	out[10] = 0xff;
	out[11] = 0xff;
	__builtin_memcpy(out + 12, &address, sizeof(address));
}

/* The two ends of a TCP socket. The local port stays with it when it is closed, unlike skc_num. */
static __always_inline void read_ends(const struct sock *sk, struct wire_flow *out)
{
	const struct inet_sock *inet = (const void *)sk;

	out->local_port = __builtin_bswap16(BPF_CORE_READ(inet, inet_sport));
	out->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		map_ipv4(BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr), out->local);
		map_ipv4(BPF_CORE_READ(sk, __sk_common.skc_daddr), out->remote);
	} else {
		BPF_CORE_READ_INTO(&out->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&out->remote, sk, __sk_common.skc_v6_daddr);
	}
}

/* The socket behind an open file; null if it is something else. */
static __always_inline const struct sock *socket_of(const struct file *file)
{
	const struct socket *socket;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

#endif
