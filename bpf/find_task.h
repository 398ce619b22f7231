/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_FIND_TASK_H
#define PIDIGREE_BPF_FIND_TASK_H

/*
 * Tasks by what system calls name them with. As the kernel itself looks them up, under the read
 * lock of RCU that every BPF program holds.
 */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"

enum {
	XA_LEVELS = 6, /* of 6 bits: more than a process number has, pid_max being at most 2^22 */
};

/* include/linux/xarray.h: an entry that is a pointer to a node carries this mark. */
#define XA_INTERNAL 2ul
#define XA_MARKS 3ul

/* lib/idr.c, lib/radix-tree.c: what stands under `index`, or 0. */
static __always_inline const void *idr_entry(const struct idr *idr, __u32 index)
{
	const __u32 last = bpf_core_field_size(struct xa_node, slots) / sizeof(void *) - 1;
	unsigned long entry = (unsigned long)BPF_CORE_READ(idr, idr_rt.xa_head);
	_Bool is_root = 1;

	index -= BPF_CORE_READ(idr, idr_base);
	for (int i = 0; i < XA_LEVELS && (entry & XA_MARKS) == XA_INTERNAL; i++) {
		const struct xa_node *node = (const void *)(entry - XA_INTERNAL);
		const __u32 at = index >> BPF_CORE_READ(node, shift);
		void *const *slots = (void *)node + bpf_core_field_offset(struct xa_node, slots);

		if (is_root && at > last)
			return 0;
		is_root = 0;
		if (bpf_probe_read_kernel(&entry, sizeof(entry), slots + (at & last)))
			return 0;
		index &= (1u << BPF_CORE_READ(node, shift)) - 1;
	}
	/* Where there is but one number, and it is 0, the root is the entry itself. */
	if (is_root && index)
		return 0;
	return entry & XA_MARKS ? 0 : (const void *)entry;
}

/* kernel/pid.c: pid_task(pid, PIDTYPE_PID) */
static __always_inline const struct task_struct *task_of_pid(const struct pid *pid)
{
	const struct hlist_node *first = BPF_CORE_READ(pid, tasks[0].first);

	if (!first)
		return 0;
	return (const void *)first - bpf_core_field_offset(struct task_struct, pid_links);
}

/* find_task_by_vpid(): the thread that has `number` for whoever runs now. */
static __always_inline const struct task_struct *task_of_number(__u32 number)
{
	const struct task_struct *self = (const void *)bpf_get_current_task();
	const struct pid *own = BPF_CORE_READ(self, thread_pid);
	const struct upid *last =
		(const void *)own + bpf_core_field_offset(struct pid, numbers) +
		(__u64)BPF_CORE_READ(own, level) * bpf_core_type_size(struct upid);
	const struct pid_namespace *space = BPF_CORE_READ(last, ns);
	const struct pid *pid = idr_entry(
		(const void *)space + bpf_core_field_offset(struct pid_namespace, idr), number);

	return pid ? task_of_pid(pid) : 0;
}

/* kernel/pid.c and fs/pidfs.c: the process behind what pidfd_open(2) gives. */
static __always_inline const struct task_struct *task_of_pidfd(const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const struct pid *pid = BPF_CORE_READ(inode, i_sb, s_magic) == PID_FS_MAGIC
					? BPF_CORE_READ(inode, i_private)
					: BPF_CORE_READ(file, private_data);

	return pid ? task_of_pid(pid) : 0;
}

/* fs/proc/internal.h: proc_pid() of an inode of /proc. */
static __always_inline const struct task_struct *task_of_proc_inode(const struct inode *inode)
{
	const struct proc_inode *proc =
		(const void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	const struct pid *pid = BPF_CORE_READ(proc, pid);

	return pid ? task_of_pid(pid) : 0;
}

#endif
