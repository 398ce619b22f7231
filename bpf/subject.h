/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_SUBJECT_H
#define PIDIGREE_BPF_SUBJECT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/wire.h"

static __always_inline void read_process(const struct task_struct *task, struct wire_process *out)
{
	out->tgid = BPF_CORE_READ(task, tgid);
	out->start_ns = out->tgid ? BPF_CORE_READ(task, group_leader, start_boottime) : 0;
}

static __always_inline __u32 pid_namespace_of(const struct task_struct *task)
{
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const struct upid *number =
		(const void *)pid + bpf_core_field_offset(struct pid, numbers) +
		(__u64)BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);

	return BPF_CORE_READ(number, ns, ns.inum);
}

static __always_inline __u32 controlling_tty_of(const struct task_struct *task)
{
	const struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	__u32 major, minor;

	if (!tty)
		return 0;
	major = BPF_CORE_READ(tty, driver, major);
	minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
	/* new_encode_dev() */
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

/* All of a subject but its parent. */
static __always_inline void read_subject(const struct task_struct *task, struct wire_subject *out)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);

	read_process(task, &out->process);
	out->cgroup = 0;
	if (bpf_core_field_exists(task->cgroups))
		out->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	out->mount_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	out->pid_ns = pid_namespace_of(task);
	out->uid = BPF_CORE_READ(cred, uid.val);
	out->euid = BPF_CORE_READ(cred, euid.val);
	out->auid = -1;
	out->session = -1;
	if (bpf_core_field_exists(task->loginuid)) {
		out->auid = BPF_CORE_READ(task, loginuid.val);
		out->session = BPF_CORE_READ(task, sessionid);
	}
	BPF_CORE_READ_INTO(&out->comm, task, comm);
}

static __always_inline __u32 kernel_thread_flag(const struct task_struct *task)
{
	return BPF_CORE_READ(task, flags) & PF_KTHREAD ? WIRE_KERNEL_THREAD : 0;
}

#endif
