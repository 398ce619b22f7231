/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_PATH_H
#define PIDIGREE_BPF_PATH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/scratch.h"
#include "bpf/wire.h"

/*
 * Paths, as d_path() would find them, but to the root of the mount tree instead of that of the
 * process: chroot(2) cannot shorten them. bpf_d_path() is not for the hooks used here.
 */

enum {
	WALK_STEPS = 16, /* of one walk_on(); with so many, both loops cost the verifier least */
	/* A component takes two bytes at least, so this is enough for any path that is not cut for
	 * its size, unless it crosses hundreds of mounts. */
	WALK_CALLS = WIRE_PATH_MAX / 2 / WALK_STEPS,
};

/* Goes from a directory entry to the one above. Returns whether the walk is over. */
static __always_inline _Bool walk_step(struct scratch *scratch)
{
	struct path_walk *walk = &scratch->walk;
	const struct dentry *dentry = walk->dentry;
	const struct mount *mount = walk->mount;
	const struct dentry *parent;
	const unsigned char *name;
	__u32 length, at;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		const struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = above;
		return above == mount;
	}

	parent = BPF_CORE_READ(dentry, d_parent);
	name = BPF_CORE_READ(dentry, d_name.name);
	length = BPF_CORE_READ(dentry, d_name.len);
	if (walk->size + length + 1 > WIRE_PATH_MAX) {
		walk->flags |= WIRE_PATH_CUT;
		return 1;
	}
	at = scratch->text_size & PATH_TEXT_MASK;
	length &= WIRE_PATH_MAX - 1;
	if (bpf_probe_read_kernel(scratch->text + at, length, name)) {
		walk->flags |= WIRE_PATH_CUT;
		return 1;
	}
	at = (at + length) & PATH_TEXT_MASK;
	scratch->text[at] = 0;
	scratch->text_size = at + 1;
	if (parent == dentry) {
		/* In no directory: a memfd is alone, anything else has lost the way to its root. */
		walk->flags |= walk->size == 0 ? WIRE_PATH_PSEUDO : WIRE_PATH_CUT;
		return 1;
	}
	walk->size += length + 1;
	walk->dentry = parent;
	return 0;
}

/*
 * A few steps. A global function is verified once for all its calls, with arguments it knows
 * nothing about; this is what lets kernels before 5.17, which have no bpf_loop(), walk as far as
 * newer ones.
 */
__noinline int walk_on(__u32 slot)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);

	if (!scratch)
		return 1;
	for (int i = 0; i < WALK_STEPS; i++) {
		if (walk_step(scratch))
			return 1;
	}
	return 0;
}

/* Returns whether the walk came to its end; global, too, for the hook that walks twice. */
__noinline int walk_to_end(__u32 slot)
{
	for (int i = 0; i < WALK_CALLS; i++) {
		if (walk_on(slot))
			return 1;
	}
	return 0;
}

/*
 * Appends the text of the path of `dentry` below `vfsmount` to the scratch and describes it in
 * `out`. With a `home`, a path on a mount that this namespace does not hold is marked.
 */
static __always_inline void append_path_of(struct scratch *scratch, const struct vfsmount *vfsmount,
					   const struct dentry *dentry,
					   const struct mnt_namespace *home, struct wire_path *out)
{
	const struct mount *mount =
		(const void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	const __u64 start = scratch->text_size;

	scratch->walk.dentry = dentry;
	scratch->walk.mount = mount;
	scratch->walk.size = 0;
	scratch->walk.flags = WIRE_PATH_PRESENT;
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		scratch->walk.flags |= WIRE_PATH_UNLINKED;
	if (!walk_to_end(scratch->slot))
		scratch->walk.flags |= WIRE_PATH_CUT;
	if (home && !(scratch->walk.flags & WIRE_PATH_PSEUDO) &&
	    BPF_CORE_READ(mount, mnt_ns) != home)
		scratch->walk.flags |= WIRE_PATH_FOREIGN;
	out->flags = scratch->walk.flags;
	out->size = scratch->text_size - start;
}

static __always_inline void append_path(struct scratch *scratch, const struct path *path,
					const struct mnt_namespace *home, struct wire_path *out)
{
	append_path_of(scratch, BPF_CORE_READ(path, mnt), BPF_CORE_READ(path, dentry), home, out);
}

#endif
