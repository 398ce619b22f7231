/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_MOUNT_H
#define PIDIGREE_BPF_MOUNT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/actor.h"
#include "bpf/kernel_types.h"

enum { MOUNTS_LOOKED_AT = 16 };

/*
 * A mount of the file system of `dentry` that the current process may see it through: of several,
 * the first in its mount namespace that shows the whole file system, else the first in it, else
 * any. For hooks that are not told.
 */
static __always_inline const struct vfsmount *mount_of(const struct dentry *dentry)
{
	const struct super_block *sb = BPF_CORE_READ(dentry, d_inode, i_sb);
	const struct super_block___linked *linked_sb = (const void *)sb;
	const struct mount___linked *linked_mount = 0;
	const _Bool linked = bpf_core_field_exists(linked_mount->mnt_next_for_sb);
	const struct mnt_namespace *home = home_of_actor();
	const struct dentry *root = BPF_CORE_READ(sb, s_root);
	const struct mount *found = 0;
	const struct list_head *entry = 0, *head = 0;
	const struct mount *mount;
	_Bool at_home = 0;

	if (linked) {
		mount = BPF_CORE_READ(linked_sb, s_mounts);
	} else {
		/* The barrier keeps the address here: where the list is no list_head, it has none.
		 */
		head = __builtin_preserve_access_index(&sb->s_mounts);
		barrier_var(head);
		entry = BPF_CORE_READ(sb, s_mounts.next);
		mount = (const void *)entry - bpf_core_field_offset(struct mount, mnt_instance);
	}
	for (int i = 0; i < MOUNTS_LOOKED_AT; i++) {
		if (!mount || (!linked && entry == head))
			break;
		if (!found || (!at_home && BPF_CORE_READ(mount, mnt_ns) == home))
			found = mount;
		if (BPF_CORE_READ(mount, mnt_ns) == home) {
			at_home = 1;
			if (BPF_CORE_READ(mount, mnt.mnt_root) == root) {
				found = mount;
				break;
			}
		}
		if (linked) {
			linked_mount = (const void *)mount;
			mount = BPF_CORE_READ(linked_mount, mnt_next_for_sb);
		} else {
			entry = BPF_CORE_READ(entry, next);
			mount = (const void *)entry -
				bpf_core_field_offset(struct mount, mnt_instance);
		}
	}
	return (const void *)found + bpf_core_field_offset(struct mount, mnt);
}

#endif
