/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_PACKET_H
#define PIDIGREE_BPF_PACKET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/socket.h"
#include "bpf/wire.h"

/* Who sends to whom. */
struct packet {
	__u8 source[16];
	__u8 destination[16];
	__u32 transport; /* offset of the TCP or UDP header, of packets that a cgroup sees */
	__u16 source_port;
	__u16 destination_port;
};

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	IPV6_EXTENSIONS = 4, /* so many are stepped over; packets have none, usually */
};

/* RFC 8200, 4: what may stand before a TCP or UDP header (include/uapi/linux/in6.h). */
#define IPPROTO_HOPOPTS 0
#define IPPROTO_ROUTING 43
#define IPPROTO_DSTOPTS 60

static __always_inline _Bool is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS;
}

static __always_inline _Bool read_ipv4(struct __sk_buff *skb, __u8 protocol, struct packet *out)
{
	__u8 header[IPV4_HEADER];
	__be32 address;

	if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)) || header[9] != protocol)
		return 0;
	out->transport = (header[0] & 0xf) * 4;
	__builtin_memcpy(&address, header + 12, sizeof(address));
	map_ipv4(address, out->source);
	__builtin_memcpy(&address, header + 16, sizeof(address));
	map_ipv4(address, out->destination);
	return 1;
}

static __always_inline _Bool read_ipv6(struct __sk_buff *skb, __u8 protocol, struct packet *out)
{
	__u32 offset = IPV6_HEADER;
	__u8 next;

	if (bpf_skb_load_bytes(skb, 6, &next, sizeof(next)) ||
	    bpf_skb_load_bytes(skb, 8, out->source, sizeof(out->source)) ||
	    bpf_skb_load_bytes(skb, 24, out->destination, sizeof(out->destination)))
		return 0;
	for (int i = 0; i < IPV6_EXTENSIONS && is_extension(next); i++) {
		__u8 extension[2]; /* what comes next, and the length */

		if (bpf_skb_load_bytes(skb, offset, extension, sizeof(extension)))
			return 0;
		next = extension[0];
		offset += (extension[1] + 1) * 8;
	}
	out->transport = offset;
	return next == protocol;
}

/* As programs on cgroups see packets: from the IP header on. False: it is no whole packet of this
 * protocol (IPPROTO_TCP or IPPROTO_UDP). */
static __always_inline _Bool read_packet(struct __sk_buff *skb, __u8 protocol, struct packet *out)
{
	__be16 ports[2];
	__u8 version;

	if (bpf_skb_load_bytes(skb, 0, &version, sizeof(version)))
		return 0;
	if (version >> 4 == 4 ? !read_ipv4(skb, protocol, out) : !read_ipv6(skb, protocol, out))
		return 0;
	if (bpf_skb_load_bytes(skb, out->transport, ports, sizeof(ports)))
		return 0;
	out->source_port = __builtin_bswap16(ports[0]);
	out->destination_port = __builtin_bswap16(ports[1]);
	return 1;
}

/* As functions of the kernel see packets, at a place where both headers are known. */
static __always_inline _Bool read_kernel_packet(const struct sk_buff *skb, struct packet *out)
{
	const unsigned char *head = BPF_CORE_READ(skb, head);
	const unsigned char *network = head + BPF_CORE_READ(skb, network_header);
	const unsigned char *transport = head + BPF_CORE_READ(skb, transport_header);
	__be32 addresses[2];
	__be16 ports[2];
	__u8 version;

	if (bpf_probe_read_kernel(&version, sizeof(version), network) ||
	    bpf_probe_read_kernel(ports, sizeof(ports), transport))
		return 0;
	out->source_port = __builtin_bswap16(ports[0]);
	out->destination_port = __builtin_bswap16(ports[1]);
	if (version >> 4 != 4)
		return !bpf_probe_read_kernel(out->source, sizeof(out->source), network + 8) &&
		       !bpf_probe_read_kernel(out->destination, sizeof(out->destination),
					      network + 24);
	if (bpf_probe_read_kernel(addresses, sizeof(addresses), network + 12))
		return 0;
	map_ipv4(addresses[0], out->source);
	map_ipv4(addresses[1], out->destination);
	return 1;
}

#endif
