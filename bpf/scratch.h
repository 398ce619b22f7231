/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_SCRATCH_H
#define PIDIGREE_BPF_SCRATCH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/wire.h"

/*
 * Where a record with text is put together before it is sent. There is one for each CPU, and some
 * more: a program that others may interrupt or preempt keeps its own meanwhile. They lie in a plain
 * array, since the value of a per-CPU one may not be larger than 32 KiB.
 */

enum {
	/* Of both paths of an exec, with room for one component too many: the verifier is shown
	 * masks, which are powers of two, instead of sums. */
	PATH_TEXT_MASK = 4 * WIRE_PATH_MAX - 1,
	SCRATCH_TRIES = 8,
};

struct path_walk {
	const struct dentry *dentry;
	const struct mount *mount;
	__u32 size;
	__u32 flags;
};

struct scratch {
	__u32 users; /* who takes it adds 1, and may have it if that makes 1 */
	__u32 slot;  /* its place in the array */
	__u64 text_size;
	struct path_walk walk;
	union {
		struct {
			char before_fork[sizeof(struct wire_exec) - sizeof(struct wire_fork)];
			struct wire_fork fork;
		};
		struct {
			char before_file_event[sizeof(struct wire_exec) -
					       sizeof(struct wire_file_event)];
			struct wire_file_event file_event;
		};
		struct {
			char before_pipe[sizeof(struct wire_exec) - sizeof(struct wire_pipe)];
			struct wire_pipe pipe;
		};
		struct {
			char before_image[sizeof(struct wire_exec) - sizeof(struct wire_image)];
			struct wire_image image;
		};
		struct {
			char before_module[sizeof(struct wire_exec) - sizeof(struct wire_module)];
			struct wire_module module;
		};
		struct wire_exec exec;
	};
	char text[WIRE_TEXT_MAX]; /* follows each of them */
};
_Static_assert(PATH_TEXT_MASK + 1 + WIRE_ARGUMENTS_MAX <= WIRE_TEXT_MAX,
	       "arguments have room behind the paths");
_Static_assert(__builtin_offsetof(struct scratch, text) ==
		       __builtin_offsetof(struct scratch, fork) + sizeof(struct wire_fork),
	       "text follows the fork record");
_Static_assert(__builtin_offsetof(struct scratch, text) ==
		       __builtin_offsetof(struct scratch, exec) + sizeof(struct wire_exec),
	       "text follows the exec record");

_Static_assert(__builtin_offsetof(struct scratch, text) ==
		       __builtin_offsetof(struct scratch, file_event) +
			       sizeof(struct wire_file_event),
	       "text follows the file record");
_Static_assert(__builtin_offsetof(struct scratch, text) ==
		       __builtin_offsetof(struct scratch, pipe) + sizeof(struct wire_pipe),
	       "text follows the pipe record");
_Static_assert(__builtin_offsetof(struct scratch, text) ==
		       __builtin_offsetof(struct scratch, image) + sizeof(struct wire_image),
	       "text follows the image record");
_Static_assert(__builtin_offsetof(struct scratch, text) ==
		       __builtin_offsetof(struct scratch, module) + sizeof(struct wire_module),
	       "text follows the module record");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/*
 * A program of an interrupt or of a task that preempts comes by in the midst of this, on the same
 * CPU or, when it looks for a free slot, on another. Adding and looking are two steps (a fetching
 * add is not for kernels before 5.12), so two that come together may both go on to another slot,
 * but never do both get one.
 */
static __always_inline struct scratch *scratch_take(void)
{
	__u32 slot = bpf_get_smp_processor_id();
	struct wire_losses *here;

	for (int i = 0; i < SCRATCH_TRIES; i++) {
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);

		if (!scratch) {
			slot = 0; /* that was the last one */
			continue;
		}
		__sync_fetch_and_add(&scratch->users, 1);
		if (*(volatile __u32 *)&scratch->users == 1) {
			scratch->slot = slot;
			scratch->text_size = 0;
			return scratch;
		}
		__sync_fetch_and_add(&scratch->users, -1);
		slot++;
	}
	here = losses_here();
	if (here)
		__sync_fetch_and_add(&here->scratch_busy, 1);
	return 0;
}

static __always_inline void scratch_release(struct scratch *scratch)
{
	__sync_fetch_and_add(&scratch->users, -1);
}

#endif
