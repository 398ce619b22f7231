// SPDX-License-Identifier: GPL-2.0-only
/* What DNS servers reply, and to whom. */

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/actor.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/packet.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "GPL";

#define DNS_PORT 53
#define UDP_HEADER 8

/* RFC 9293, 3.1: the byte with these flags, and the one whose upper half is the header's length. */
#define TCP_OFFSET_BYTE 12
#define TCP_FLAGS_BYTE 13
#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4

/* Over UDP a query is known by its id, which the reply repeats; over TCP all of a connection are
 * those of whoever opened it. */
struct query {
	__u64 socket;
	__u64 id;
};
#define TCP_QUERIES 0x10000

/* Who asks. A query that nobody replies to stays until it is the oldest. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct query);
	__type(value, struct wire_actor);
} queries SEC(".maps");

/* Where a reply is put together: packets arrive in softirqs, which do not interrupt each other. */
struct dns_record {
	struct wire_dns dns;
	char payload[WIRE_DNS_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_record);
} dns_records SEC(".maps");

/* The protocol, if the packet may be part of a query or its reply; 0 for most others. */
static __always_inline __u32 protocol_for_dns(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	sk = sk ? bpf_sk_fullsock(sk) : 0;
	if (!sk)
		return 0;
	if (sk->protocol == IPPROTO_UDP)
		return IPPROTO_UDP;
	return sk->protocol == IPPROTO_TCP && sk->dst_port == __builtin_bswap16(DNS_PORT)
		       ? IPPROTO_TCP
		       : 0;
}

static __always_inline _Bool read_id(struct __sk_buff *skb, const struct packet *packet,
				     struct query *query)
{
	__be16 id;

	if (bpf_skb_load_bytes(skb, packet->transport + UDP_HEADER, &id, sizeof(id)))
		return 0;
	query->id = id;
	return 1;
}

/* The current process asks `query`. */
static __always_inline void remember(const struct query *query, __u64 flags)
{
	struct wire_actor actor;

	read_sender(&actor);
	if (actor.process.tgid)
		bpf_map_update_elem(&queries, query, &actor, flags);
}

static __always_inline _Bool read_tcp_flags(struct __sk_buff *skb, const struct packet *packet,
					    __u8 *flags)
{
	return !bpf_skb_load_bytes(skb, packet->transport + TCP_FLAGS_BYTE, flags, 1);
}

/* In the context of whoever sends; of TCP only the SYN is for certain. */
SEC("cgroup_skb/egress")
int on_dns_sent(struct __sk_buff *skb)
{
	const __u32 protocol = protocol_for_dns(skb);
	struct query query = {};
	struct packet packet;
	__u8 flags;

	if (!protocol)
		return 1;
	query.socket = bpf_get_socket_cookie(skb);
	if (protocol == IPPROTO_UDP) {
		if (read_packet(skb, IPPROTO_UDP, &packet) && packet.destination_port == DNS_PORT &&
		    read_id(skb, &packet, &query))
			remember(&query, BPF_ANY);
	} else {
		query.id = TCP_QUERIES;
		/* A repeated SYN comes from a timer. */
		if (read_packet(skb, IPPROTO_TCP, &packet) &&
		    read_tcp_flags(skb, &packet, &flags) && flags & TCP_SYN)
			remember(&query, BPF_NOEXIST);
	}
	return 1;
}

static __always_inline struct dns_record *begin_record(const struct query *query,
						       const struct wire_actor *actor)
{
	const __u32 zero = 0;
	struct dns_record *record = bpf_map_lookup_elem(&dns_records, &zero);

	if (!record)
		return 0;
	record->dns.header.kind = WIRE_DNS;
	record->dns.actor = *actor;
	record->dns.socket = query->socket;
	record->dns.sequence = 0;
	record->dns.flags = 0;
	return record;
}

/* Sends the record with what the packet holds from `offset` on, WIRE_DNS_MAX bytes at most. Returns
 * how many these are. */
static __always_inline __u32 send_payload(struct __sk_buff *skb, struct dns_record *record,
					  __u32 offset)
{
	__u64 size = skb->len;

	if (offset >= size)
		return 0;
	size -= offset;
	if (size > WIRE_DNS_MAX)
		size = WIRE_DNS_MAX;
	/* The same, as the verifier understands it. */
	barrier_var(size);
	size = ((size - 1) & (WIRE_DNS_MAX - 1)) + 1;
	if (bpf_skb_load_bytes(skb, offset, record->payload, size))
		return 0;
	send(&record->dns.header, sizeof(record->dns) + size);
	return size;
}

static __always_inline void datagram_arrived(struct __sk_buff *skb, struct query *query)
{
	const struct wire_actor *actor;
	struct dns_record *record;
	struct packet packet;

	if (!read_packet(skb, IPPROTO_UDP, &packet) || packet.source_port != DNS_PORT ||
	    !read_id(skb, &packet, query))
		return;
	actor = bpf_map_lookup_elem(&queries, query);
	if (!actor) {
		struct wire_losses *here = losses_here();

		if (here)
			__sync_fetch_and_add(&here->replies_unasked, 1);
		return;
	}
	record = begin_record(query, actor);
	/* It is replied to. */
	bpf_map_delete_elem(&queries, query);
	if (!record)
		return;
	send_payload(skb, record, packet.transport + UDP_HEADER);
}

enum { TCP_PIECES = 8 }; /* of WIRE_DNS_MAX bytes: no packet is longer than 64 KiB */

static __always_inline void segment_arrived(struct __sk_buff *skb, struct query *query)
{
	const struct wire_actor *actor;
	struct dns_record *record;
	struct packet packet;
	__u8 data_offset, flags;
	__be32 sequence;
	__u32 offset;

	query->id = TCP_QUERIES;
	actor = bpf_map_lookup_elem(&queries, query);
	if (!actor || !read_packet(skb, IPPROTO_TCP, &packet) ||
	    !read_tcp_flags(skb, &packet, &flags) ||
	    bpf_skb_load_bytes(skb, packet.transport + TCP_OFFSET_BYTE, &data_offset, 1) ||
	    bpf_skb_load_bytes(skb, packet.transport + 4, &sequence, sizeof(sequence)))
		return;
	record = begin_record(query, actor);
	if (!record)
		return;
	record->dns.sequence = __builtin_bswap32(sequence);
	record->dns.flags = WIRE_DNS_STREAM;
	if (flags & TCP_SYN) {
		record->dns.sequence++;
		record->dns.flags |= WIRE_DNS_BEGIN;
		send(&record->dns.header, sizeof(record->dns));
		return;
	}
	offset = packet.transport + (data_offset >> 4) * 4;
	for (int i = 0; i < TCP_PIECES; i++) {
		const __u32 sent = send_payload(skb, record, offset);

		if (!sent)
			break;
		offset += sent;
		record->dns.sequence += sent;
	}
	if (flags & (TCP_FIN | TCP_RST)) {
		record->dns.flags |= WIRE_DNS_END;
		send(&record->dns.header, sizeof(record->dns));
		bpf_map_delete_elem(&queries, query);
	}
}

SEC("cgroup_skb/ingress")
int on_dns_arrived(struct __sk_buff *skb)
{
	const __u32 protocol = protocol_for_dns(skb);
	struct query query = {};

	if (!protocol)
		return 1;
	query.socket = bpf_get_socket_cookie(skb);
	if (protocol == IPPROTO_UDP)
		datagram_arrived(skb, &query);
	else
		segment_arrived(skb, &query);
	return 1;
}
