// SPDX-License-Identifier: GPL-2.0-only
/* The life of processes: fork, exec and exit, and who is alive already. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/inode.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/mute.h"
#include "bpf/path.h"
#include "bpf/scratch.h"
#include "bpf/subject.h"
#include "bpf/wire.h"

/*
 * Compiled twice, with the hooks as raw tracepoints and, from process_tp.bpf.c, as plain ones. The
 * raw ones need nothing but the kernel. From 7.0 on, though, a task may be preempted in a raw one,
 * and the kernel skips the program for whoever comes to the same tracepoint on that CPU meanwhile.
 * Plain ones, which perf calls, still run with preemption off.
 */
#ifndef PLAIN_TRACEPOINTS
#define PLAIN_TRACEPOINTS 0
#endif

char LICENSE[] SEC("license") = "GPL";

/* Fork records carry a path while this is set. */
__u32 fork_images = 1;

static __always_inline void read_fork(const struct task_struct *child,
				      const struct task_struct *caller, struct wire_fork *out)
{
	out->header.kind = WIRE_FORK;
	read_subject(child, &out->subject);
	/* Not child->real_parent: that may be dead already, or CLONE_PARENT chose another. */
	read_process(caller, &out->subject.parent);
	read_process(BPF_CORE_READ(caller, real_parent), &out->creator);
	out->flags = kernel_thread_flag(child);
	out->image.size = 0;
	out->image.flags = 0;
}

static __always_inline void tell_fork(const struct task_struct *child)
{
	const struct task_struct *caller = (void *)bpf_get_current_task();
	const struct mnt_namespace *home;
	const struct file *file;

	home = BPF_CORE_READ(child, nsproxy, mnt_ns);
	file = BPF_CORE_READ(child, mm, exe_file);
	if (file && (fork_images || home != BPF_CORE_READ(caller, nsproxy, mnt_ns))) {
		struct scratch *scratch = scratch_take();
		__u64 size;

		if (!scratch)
			return;
		read_fork(child, caller, &scratch->fork);
		append_path(scratch, __builtin_preserve_access_index(&file->f_path), 0,
			    &scratch->fork.image);
		size = sizeof(struct wire_fork) + scratch->text_size;
		if (size <= sizeof(struct wire_fork) + WIRE_TEXT_MAX)
			send(&scratch->fork.header, size);
		scratch_release(scratch);
	} else {
		struct wire_fork fork;

		read_fork(child, caller, &fork);
		send(&fork.header, sizeof(fork));
	}
}

/* kernel/fork.c: the child is complete, but has not run yet. */
#if PLAIN_TRACEPOINTS
SEC("tp/task/task_newtask")
int on_fork(struct trace_event_raw_task_newtask *ctx)
{
	struct task_struct *child;

	if (ctx->clone_flags & CLONE_THREAD)
		return 0;
	child = bpf_task_from_pid(ctx->pid);
	if (child) { /* always; the verifier does not know */
		tell_fork(child);
		bpf_task_release(child);
	}
	return 0;
}
#else
SEC("raw_tp/task_newtask")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	const __u64 clone_flags = ctx->args[1];

	if (!(clone_flags & CLONE_THREAD))
		tell_fork((const void *)ctx->args[0]);
	return 0;
}
#endif

static __always_inline void append_arguments(struct scratch *scratch, const struct mm_struct *mm)
{
	const unsigned long start = BPF_CORE_READ(mm, arg_start);
	__u64 size = BPF_CORE_READ(mm, arg_end) - start;
	const __u64 at = scratch->text_size & PATH_TEXT_MASK;

	if (size > WIRE_ARGUMENTS_MAX) {
		size = WIRE_ARGUMENTS_MAX;
		scratch->exec.flags |= WIRE_ARGUMENTS_CUT;
	}
	if (bpf_probe_read_user(scratch->text + at, size, (const void *)start)) {
		size = 0;
		scratch->exec.flags |= WIRE_ARGUMENTS_CUT;
	}
	scratch->exec.arguments_size = size;
	scratch->text_size = at + size;
}

/*
 * fs/exec.c: nothing can fail any more; credentials and memory are the new program's. Called by the
 * task itself.
 */
#if PLAIN_TRACEPOINTS
SEC("tp/sched/sched_process_exec")
#else
SEC("raw_tp/sched_process_exec")
#endif
int on_exec(__attribute__((unused)) void *ctx)
{
	const struct task_struct *task = (void *)bpf_get_current_task();
	const struct mm_struct *mm = BPF_CORE_READ(task, mm);
	const struct file *file = BPF_CORE_READ(mm, exe_file);
	const struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct scratch *scratch = scratch_take();
	struct wire_exec *exec;
	__u64 size;

	if (!scratch)
		return 0;
	exec = &scratch->exec;
	exec->header.kind = WIRE_EXEC;
	read_subject(task, &exec->subject);
	read_process(BPF_CORE_READ(task, real_parent), &exec->subject.parent);
	read_file(BPF_CORE_READ(file, f_inode), &exec->executable);
	exec->tty = controlling_tty_of(task);
	exec->flags = BPF_CORE_READ(task, ptrace) ? WIRE_TRACED : 0;
	append_path(scratch, __builtin_preserve_access_index(&file->f_path),
		    BPF_CORE_READ(task, nsproxy, mnt_ns), &exec->image);
	append_path(scratch, __builtin_preserve_access_index(&fs->pwd), 0, &exec->cwd);
	append_arguments(scratch, mm);
	size = sizeof(struct wire_exec) + scratch->text_size;
	if (size <= sizeof(struct wire_exec) + WIRE_TEXT_MAX)
		send(&exec->header, size);
	scratch_release(scratch);
	return 0;
}

/* As wait_task_zombie() in kernel/exit.c finds it. */
static __always_inline __s32 exit_code_of(const struct task_struct *task)
{
	const struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

static __always_inline void tell_exit(const struct task_struct *task,
				      const struct wire_process *process)
{
	struct wire_exit exit;

	exit.header.kind = WIRE_EXIT;
	exit.process = *process;
	exit.exit_code = exit_code_of(task);
	exit.uid = BPF_CORE_READ(task, cred, uid.val);
	BPF_CORE_READ_INTO(&exit.comm, task, comm);
	send(&exit.header, sizeof(exit));
}

static __always_inline int tell_exit_of_group(_Bool group_dead)
{
	const struct task_struct *task = (void *)bpf_get_current_task();
	struct wire_process process;

	if (!group_dead)
		return 0;
	read_process(task, &process);
	tell_exit(task, &process);
	return 0;
}

/* kernel/exit.c: once for each thread, in its context. */
#if PLAIN_TRACEPOINTS
SEC("tp/sched/sched_process_exit")
int on_exit(struct trace_event_raw_sched_process_exit *ctx)
{
	return tell_exit_of_group(ctx->group_dead);
}
#else
/* Older kernels do not pass this argument, and attach no program that could read it. */
SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
	return tell_exit_of_group(ctx->args[1] & 1);
}

/*
 * Processes whose exit was sent, where the kernel does not tell which thread was the last. An entry
 * matters until the process's other threads have come by. Each CPU takes free entries by the
 * hundred, so that a small map would evict young ones.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct wire_process);
	__type(value, __u8);
} ended SEC(".maps");

static __always_inline _Bool is_last_thread(const struct task_struct *task,
					    const struct wire_process *process)
{
	const struct signal_struct *signal = BPF_CORE_READ(task, signal);
	const __u8 one = 1;

	if (BPF_CORE_READ(signal, live.counter) != 0)
		return 0;
	/*
	 * Two threads that end together both come here with nobody alive. Even for the only thread
	 * that is left: the other may have been here and be released already. Before 6.4 the call
	 * goes straight to a function that returns an int, whose upper half means nothing.
	 */
	return (int)bpf_map_update_elem(&ended, process, &one, BPF_NOEXIST) != -17 /* EEXIST */;
}

SEC("raw_tp/sched_process_exit")
int on_thread_exit(struct bpf_raw_tracepoint_args *ctx)
{
	const struct task_struct *task = (void *)bpf_get_current_task();
	struct wire_process process;

	read_process(task, &process);
	if (is_last_thread(task, &process))
		tell_exit(task, &process);
	return 0;
}
#endif

#if PLAIN_TRACEPOINTS
/*
 * Changes the map of mutes for the agent. While a call of bpf(2) is at a map, perf runs no programs
 * on its CPU, for whoever gets that CPU before the call goes on; while it runs a program, perf
 * does.
 */
SEC("syscall")
int change_mute(const struct wire_mute_change *asked)
{
	const struct wire_process process = asked->process;
	const struct wire_mute mute = asked->mute;

	if (!mute.events)
		return bpf_map_delete_elem(&mutes, &process);
	return bpf_map_update_elem(&mutes, &process, &mute, BPF_ANY);
}
#endif

static __always_inline void write_task(struct seq_file *seq, const struct task_struct *task)
{
	struct wire_task out;

	out.header.kind = WIRE_TASK;
	out.header.size = sizeof(out);
	out.header.time_ns = bpf_ktime_get_boot_ns();
	read_subject(task, &out.subject);
	read_process(BPF_CORE_READ(task, real_parent), &out.subject.parent);
	out.flags = kernel_thread_flag(task);
	bpf_seq_write(seq, &out, sizeof(out));
}

/*
 * Writes each process and its parent: there are kernels whose iterator hides the init of a sandbox,
 * and the thread that execve(2) is just making the leader is not found by either number.
 */
SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	const struct task_struct *task = ctx->task;
	const struct task_struct *parent;

	if (!task || BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return 0;
	/*
	 * Without threads it is gone, unless it still has memory: that goes just before the exit is
	 * told, and takes long enough for a snapshot to meet it.
	 */
	if (BPF_CORE_READ(task, signal, live.counter) == 0 && !BPF_CORE_READ(task, mm))
		return 0;
	parent = BPF_CORE_READ(task, real_parent, group_leader);
	if (BPF_CORE_READ(parent, tgid))
		write_task(ctx->meta->seq, parent);
	write_task(ctx->meta->seq, task);
	return 0;
}
