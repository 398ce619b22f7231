/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_PENDING_H
#define PIDIGREE_BPF_PENDING_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/wire.h"

/*
 * What a thread is about to do to a file, noted where its path is known, and told once a later
 * function returns success. Security hooks know the path, but the kernel asks them before it has
 * decided.
 */
struct pending {
	const struct dentry *dentry;
	const struct vfsmount *mount;
	struct wire_file file; /* all 0: to be read when it has succeeded */
	__u32 action;
	__u32 mode;
	__u64 flags; /* enum wire_file_flags */
};

/* By thread. Those that came to no end stay until they are overwritten or are the oldest. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct pending);
} pendings SEC(".maps");

static __always_inline void note_pending(const struct pending *pending)
{
	const __u64 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&pendings, &thread, pending, BPF_ANY);
}

/* What this thread does to `dentry`; null if it is about something else. */
static __always_inline struct pending *find_pending(__u64 dentry)
{
	const __u64 thread = bpf_get_current_pid_tgid();
	struct pending *pending = bpf_map_lookup_elem(&pendings, &thread);

	return pending && (__u64)pending->dentry == dentry ? pending : 0;
}

static __always_inline void forget_pending(void)
{
	const __u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&pendings, &thread);
}

/* Functions like vfs_unlink() got a first argument with 5.12: the mapping of ids. */
#define HAS_ID_MAPPING                                                                             \
	(bpf_core_field_exists(struct vfsmount___ids, mnt_idmap) ||                                \
	 bpf_core_field_exists(struct vfsmount___users, mnt_userns))

/*
 * Word `mapped` of the context of a program where functions have the mapping of ids, word `plain`
 * where they have not. Old verifiers want the context read at an offset that stands in the
 * instruction: the barriers keep the compiler from choosing the offset first and reading once.
 */
static __always_inline __u64 context_word(const __u64 *ctx, int mapped, int plain)
{
	__u64 word;

	if (HAS_ID_MAPPING) {
		word = ctx[mapped];
		barrier_var(word);
	} else {
		word = ctx[plain];
		barrier_var(word);
	}
	return word;
}

/*
 * What a function returned, in an fexit program. Arguments were added since at the end of some;
 * from 5.17 on a helper knows where the result stands, before that it is behind the `count`
 * arguments (without the mapping of ids).
 */
static __always_inline int result_of_function(const __u64 *ctx, int count)
{
	__u64 result = 0;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_func_ret))
		bpf_get_func_ret((void *)ctx, &result);
	else
		result = context_word(ctx, count + 1, count);
	return result;
}

#endif
