/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_SYSCALL_H
#define PIDIGREE_BPF_SYSCALL_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/kernel_types.h"

/*
 * What is known when a system call returns. The arguments are still in the registers that it was
 * called with; the memory they point to may have been changed by another thread since.
 */

/*
 * The contexts of programs on tracepoints syscalls/sys_enter_* and sys_exit_*. Before Linux 6.6 the
 * number is a long; since then it is an int, and the kernel leaves in the four bytes behind it
 * whatever was on its stack (perf_call_bpf_enter(), perf_call_bpf_exit()).
 */
struct syscall_enter {
	__u64 unused;
	__s32 number;
	__u32 garbage;
	__u64 arguments[6];
};

struct syscall_exit {
	__u64 unused;
	__s32 number;
	__u32 garbage;
	long result;
};

/* The registers that the process called with: task_pt_regs(current). */
static __always_inline const struct pt_regs *syscall_registers(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (const void *)bpf_task_pt_regs(bpf_get_current_task_btf());
#if defined(__x86_64__)
	/* Before 5.15. They lie at the end of the task's stack in the kernel. */
	const struct task_struct *task = (const void *)bpf_get_current_task();

	return (const void *)BPF_CORE_READ(task, stack) + KERNEL_STACK_SIZE -
	       bpf_core_type_size(struct pt_regs);
#else
	return 0;
#endif
}

#define SYSCALL_ARGUMENT(n) ((__u64)PT_REGS_PARM##n##_CORE_SYSCALL(syscall_registers()))

/*
 * The functions that carry out a system call, which take the registers. 32-bit callers have some of
 * their own; where those would do the same, they get the plain ones under another name.
 */
#if defined(__x86_64__)
#define SYSCALL_FUNCTION(name) "__x64_sys_" #name
#define COMPAT_SYSCALL_FUNCTION(name) "__ia32_compat_sys_" #name
#define PLAIN_COMPAT_SYSCALL_FUNCTION(name) "__ia32_sys_" #name
#define COMPAT_ARGUMENT1(registers) ((__u32)BPF_CORE_READ(registers, bx))
#define COMPAT_ARGUMENT2(registers) ((__u32)BPF_CORE_READ(registers, cx))
#define COMPAT_ARGUMENT3(registers) ((__u32)BPF_CORE_READ(registers, dx))
#define COMPAT_ARGUMENT4(registers) ((__u32)BPF_CORE_READ(registers, si))
#elif defined(__aarch64__)
#define SYSCALL_FUNCTION(name) "__arm64_sys_" #name
#endif

/* The open file behind a descriptor of the current process. */
static __always_inline const struct file *file_of_descriptor(int fd)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();
	const struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file *const *files = BPF_CORE_READ(table, fd);
	const struct file *file = 0;

	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

#endif
