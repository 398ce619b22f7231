/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_MUTE_H
#define PIDIGREE_BPF_MUTE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "bpf/wire.h"

/* Each entry takes about 100 bytes of the kernel's memory. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct wire_process);
	__type(value, struct wire_mute);
} mutes SEC(".maps");

/*
 * Whether the actor, who is the current process, does this and nobody wants to know. To be asked
 * when all that others rely on has been noted, and only the telling is left: it counts.
 */
static __always_inline _Bool is_muted(const struct wire_actor *actor, enum kernel_action action)
{
	const struct wire_process process = actor->process;
	const __u32 events = muting_events(action);
	const struct wire_mute *mute;
	struct wire_losses *here;

	if (!events)
		return 0;
	mute = bpf_map_lookup_elem(&mutes, &process);
	if (!mute || events & ~mute->events || mute->program != actor->program ||
	    mute->mount_ns != actor->mount_ns)
		return 0;
	here = losses_here();
	if (here)
		__sync_fetch_and_add(&here->muted, 1);
	return 1;
}

#endif
