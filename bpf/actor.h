/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_ACTOR_H
#define PIDIGREE_BPF_ACTOR_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/subject.h"
#include "bpf/wire.h"

static __always_inline void read_actor_of(const struct task_struct *task, struct wire_actor *out)
{
	read_process(task, &out->process);
	out->uid = BPF_CORE_READ(task, cred, uid.val);
	out->mount_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	out->program = BPF_CORE_READ(task, self_exec_id);
}

/*
 * Whoever runs now: also the process that a worker of io_uring works for. From 5.11 on, the
 * verifier knows what kind of structure a program of tracing gets here, and lets it read that as C
 * does: eight calls less for each event.
 */
static __always_inline void read_actor(struct wire_actor *out)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		const struct task_struct *task = bpf_get_current_task_btf();

		out->process.tgid = task->tgid;
		out->process.start_ns = task->tgid ? task->group_leader->start_boottime : 0;
		out->uid = task->cred->uid.val;
		out->mount_ns = task->nsproxy->mnt_ns->ns.inum;
		out->program = task->self_exec_id;
	} else {
		read_actor_of((const void *)bpf_get_current_task(), out);
	}
}

/* The same for programs that see packets, which may not read like that. */
static __always_inline void read_sender(struct wire_actor *out)
{
	read_actor_of((const void *)bpf_get_current_task(), out);
}

/* The namespace to whose root the paths of the actor go. */
static __always_inline const struct mnt_namespace *home_of_actor(void)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, mnt_ns);
}

#endif
