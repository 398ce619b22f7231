/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_MAPS_H
#define PIDIGREE_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

/* Sizes of maps that depend on the machine are set by whoever loads them. */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} facts SEC(".maps");

/* One for each CPU, in a map that the agent can read as memory: see change_mute(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wire_losses);
} losses SEC(".maps");

static __always_inline struct wire_losses *losses_here(void)
{
	const __u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&losses, &cpu);
}

/*
 * Sends a record whose kind, subject and text are complete. The time is taken here, as near as can
 * be to the place in the ring, so that both give nearly the same order.
 *
 * The agent is woken by the first record after it has taken all (which the kernel knows without a
 * race), and when the bytes that wait for it cross a multiple of WIRE_WAKE_BYTES. What comes in
 * between waits for it: a wake-up for each record would cost an exec storm a third of its speed.
 */
static __always_inline void send(struct wire_header *header, __u32 size)
{
	__u64 waiting = bpf_ringbuf_query(&facts, BPF_RB_AVAIL_DATA);
	_Bool wake = (waiting ^ (waiting + size)) / WIRE_WAKE_BYTES != 0;

	header->size = size;
	header->time_ns = bpf_ktime_get_boot_ns();
	if (bpf_ringbuf_output(&facts, header, size, wake ? BPF_RB_FORCE_WAKEUP : 0)) {
		struct wire_losses *here = losses_here();

		if (here)
			__sync_fetch_and_add(&here->ring_full, 1);
	}
}

#endif
