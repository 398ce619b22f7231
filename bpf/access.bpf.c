// SPDX-License-Identifier: GPL-2.0-only
/* What processes do to other processes. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/actor.h"
#include "bpf/find_task.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/mute.h"
#include "bpf/name.h"
#include "bpf/subject.h"
#include "bpf/syscall.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "GPL";

/* uapi/linux/ptrace.h and asm/ptrace.h, which cannot be included: they have a pt_regs of their own.
 */
enum ptrace_request {
	PTRACE_TRACEME = 0,
	PTRACE_POKETEXT = 4,
	PTRACE_POKEDATA = 5,
	PTRACE_POKEUSR = 6,
	PTRACE_SETREGS = 13,
	PTRACE_ATTACH = 16,
	PTRACE_SETREGSET = 0x4205,
	PTRACE_SEIZE = 0x4206,
};

enum {
	NT_PRSTATUS = 1, /* uapi/linux/elf.h: the register set that holds the instruction pointer */
#if defined(__x86_64__)
	/* Of the instruction pointer in the registers that ptrace reads and writes. */
	POINTER_OFFSET = 16 * sizeof(__u64),
	HAS_SETREGS = 1,
#elif defined(__aarch64__)
	POINTER_OFFSET = 32 * sizeof(__u64),
	HAS_SETREGS = 0,
#endif
};

struct iovec {
	const void *iov_base;
	__u64 iov_len;
};

static __always_inline void count_target_gone(void)
{
	struct wire_losses *here = losses_here();

	if (here)
		__sync_fetch_and_add(&here->target_gone, 1);
}

/* Describes who was got at. Returns whether that is another process. */
static __always_inline _Bool read_target(const struct task_struct *target, struct wire_access *out)
{
	const struct task_struct *self = (const void *)bpf_get_current_task();

	if (!target) {
		count_target_gone();
		return 0;
	}
	read_process(target, &out->target);
	out->target_uid = BPF_CORE_READ(target, cred, uid.val);
	out->target_tid = BPF_CORE_READ(target, pid);
	return out->target.tgid != (__u64)BPF_CORE_READ(self, tgid);
}

static __always_inline void send_access(struct wire_access *access)
{
	access->header.kind = WIRE_ACCESS;
	send(&access->header, sizeof(*access));
}

/* The current process did `action` to `target`. */
static __always_inline void accessed(const struct task_struct *target, enum kernel_action action,
				     __u32 flags, __u64 address)
{
	struct wire_access access;

	if (!read_target(target, &access))
		return;
	read_actor(&access.actor);
	if (is_muted(&access.actor, action))
		return;
	access.actor_tid = bpf_get_current_pid_tgid();
	access.action = action;
	access.flags = flags;
	access.address = address;
	send_access(&access);
}

/* --- ptrace ----------------------------------------------------------------------------------- */

struct ptrace_call {
	__u64 request;
	__u64 number;
	__u64 address;
	__u64 data;
	_Bool is_compat; /* of a 32-bit program, whose structures are others */
};

/* The current process asked to be traced by its parent, which has all power over it now. */
static __always_inline void traced_by_parent(void)
{
	const struct task_struct *self = (const void *)bpf_get_current_task();
	const struct task_struct *tracer = BPF_CORE_READ(self, parent);
	struct wire_access access;

	read_actor_of(tracer, &access.actor);
	access.actor.program = 0; /* it may be about to replace it */
	access.actor_tid = BPF_CORE_READ(tracer, pid);
	read_process(self, &access.target);
	access.target_uid = BPF_CORE_READ(self, cred, uid.val);
	access.target_tid = BPF_CORE_READ(self, pid);
	access.action = ACTION_ACCESS_TRACE_ME;
	access.flags = 0;
	access.address = 0;
	send_access(&access);
}

/* Where the next word of a run of them would be written. */
struct poke {
	__u64 target_start_ns;
	__u64 target_tid;
	__u64 next;
};

/* By thread of the tracer. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct poke);
} pokes SEC(".maps");

/* Whether the word at `address` follows the one that this thread wrote last. */
static __always_inline _Bool goes_on(const struct task_struct *target,
				     const struct ptrace_call *call)
{
	const __u64 thread = bpf_get_current_pid_tgid();
	const __u64 word = call->is_compat ? 4 : 8;
	const struct poke *before = bpf_map_lookup_elem(&pokes, &thread);
	struct poke now = {};
	_Bool follows;

	now.target_start_ns = BPF_CORE_READ(target, start_boottime);
	now.target_tid = BPF_CORE_READ(target, pid);
	now.next = call->address + word;
	follows = before && before->target_start_ns == now.target_start_ns &&
		  before->target_tid == now.target_tid && before->next == call->address;
	bpf_map_update_elem(&pokes, &thread, &now, BPF_ANY);
	return follows;
}

/* Registers of the target were written. `pointer`: where the new instruction pointer stands. */
static __always_inline void wrote_registers(const struct task_struct *target,
					    const struct ptrace_call *call, __u64 pointer)
{
	__u64 address = 0;
	_Bool is_known = !call->is_compat &&
			 bpf_probe_read_user(&address, sizeof(address), (const void *)pointer) == 0;

	accessed(target, ACTION_ACCESS_REGISTERS, is_known ? WIRE_ACCESS_ADDRESS : 0, address);
}

/* ptrace(2) succeeded. */
static __always_inline void traced(const struct ptrace_call *call)
{
	const struct task_struct *target;
	struct iovec registers = {};

	/* Here first, so that everything else costs nothing. */
	switch (call->request) {
	case PTRACE_TRACEME:
		traced_by_parent();
		return;
	case PTRACE_ATTACH:
	case PTRACE_SEIZE:
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		break;
	case PTRACE_POKEUSR:
		if (!HAS_SETREGS || call->is_compat || call->address != POINTER_OFFSET)
			return;
		break;
	case PTRACE_SETREGS:
		if (!HAS_SETREGS)
			return;
		break;
	case PTRACE_SETREGSET:
		if (call->address != NT_PRSTATUS)
			return;
		break;
	default:
		return;
	}
	target = task_of_number(call->number);
	switch (call->request) {
	case PTRACE_ATTACH:
	case PTRACE_SEIZE:
		accessed(target, ACTION_ACCESS_ATTACH, 0, 0);
		return;
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		if (!goes_on(target, call))
			accessed(target, ACTION_ACCESS_POKE, WIRE_ACCESS_ADDRESS, call->address);
		return;
	case PTRACE_POKEUSR:
		accessed(target, ACTION_ACCESS_REGISTERS, WIRE_ACCESS_ADDRESS, call->data);
		return;
	case PTRACE_SETREGS:
		wrote_registers(target, call, call->data + POINTER_OFFSET);
		return;
	case PTRACE_SETREGSET:
		if (!call->is_compat)
			bpf_probe_read_user(&registers, sizeof(registers),
					    (const void *)call->data);
		wrote_registers(target, call, (__u64)registers.iov_base + POINTER_OFFSET);
		return;
	}
}

static __always_inline void ptrace_returned(const struct pt_regs *registers, long result)
{
	const struct ptrace_call call = {
		.request = PT_REGS_PARM1_CORE_SYSCALL(registers),
		.number = PT_REGS_PARM2_CORE_SYSCALL(registers),
		.address = PT_REGS_PARM3_CORE_SYSCALL(registers),
		.data = PT_REGS_PARM4_CORE_SYSCALL(registers),
	};

	if (result >= 0)
		traced(&call);
}

SEC("fexit/" SYSCALL_FUNCTION(ptrace))
int on_ptrace(__u64 *ctx)
{
	ptrace_returned(syscall_registers(), ctx[1]);
	return 0;
}

SEC("tp")
int on_ptrace_exit(struct syscall_exit *ctx)
{
	ptrace_returned(syscall_registers(), ctx->result);
	return 0;
}

#ifdef COMPAT_SYSCALL_FUNCTION
SEC("fexit/" COMPAT_SYSCALL_FUNCTION(ptrace))
int on_compat_ptrace(__u64 *ctx)
{
	const struct pt_regs *registers = syscall_registers();
	const struct ptrace_call call = {
		.request = COMPAT_ARGUMENT1(registers),
		.number = COMPAT_ARGUMENT2(registers),
		.address = COMPAT_ARGUMENT3(registers),
		.data = COMPAT_ARGUMENT4(registers),
		.is_compat = 1,
	};

	if ((long)ctx[1] >= 0)
		traced(&call);
	return 0;
}
#endif

/* --- memory and descriptors ------------------------------------------------------------------- */

static __always_inline void memory_read(__u32 number, long result)
{
	if (result > 0)
		accessed(task_of_number(number), ACTION_ACCESS_READ, 0, 0);
}

static __always_inline void memory_written(__u32 number, const void *first, long result)
{
	struct iovec target = {};
	_Bool is_known;

	if (result <= 0)
		return;
	is_known = first && bpf_probe_read_user(&target, sizeof(target), first) == 0;
	accessed(task_of_number(number), ACTION_ACCESS_WRITE, is_known ? WIRE_ACCESS_ADDRESS : 0,
		 (__u64)target.iov_base);
}

static __always_inline void descriptor_taken(int pidfd, long result)
{
	const struct file *file = result >= 0 ? file_of_descriptor(pidfd) : 0;

	if (file)
		accessed(task_of_pidfd(file), ACTION_ACCESS_DESCRIPTOR, 0, 0);
}

SEC("fexit/" SYSCALL_FUNCTION(process_vm_readv))
int on_process_vm_readv(__u64 *ctx)
{
	memory_read(SYSCALL_ARGUMENT(1), ctx[1]);
	return 0;
}

SEC("tp")
int on_process_vm_readv_exit(struct syscall_exit *ctx)
{
	memory_read(SYSCALL_ARGUMENT(1), ctx->result);
	return 0;
}

SEC("fexit/" SYSCALL_FUNCTION(process_vm_writev))
int on_process_vm_writev(__u64 *ctx)
{
	const struct pt_regs *registers = syscall_registers();

	memory_written(PT_REGS_PARM1_CORE_SYSCALL(registers),
		       (const void *)PT_REGS_PARM4_CORE_SYSCALL(registers), ctx[1]);
	return 0;
}

SEC("tp")
int on_process_vm_writev_exit(struct syscall_exit *ctx)
{
	memory_written(SYSCALL_ARGUMENT(1), (const void *)SYSCALL_ARGUMENT(4), ctx->result);
	return 0;
}

SEC("fexit/" SYSCALL_FUNCTION(pidfd_getfd))
int on_pidfd_getfd(__u64 *ctx)
{
	descriptor_taken(SYSCALL_ARGUMENT(1), ctx[1]);
	return 0;
}

SEC("tp")
int on_pidfd_getfd_exit(struct syscall_exit *ctx)
{
	descriptor_taken(SYSCALL_ARGUMENT(1), ctx->result);
	return 0;
}

#ifdef COMPAT_SYSCALL_FUNCTION
SEC("fexit/" COMPAT_SYSCALL_FUNCTION(process_vm_readv))
int on_old_compat_process_vm_readv(__u64 *ctx)
{
	memory_read(COMPAT_ARGUMENT1(syscall_registers()), ctx[1]);
	return 0;
}

SEC("fexit/" COMPAT_SYSCALL_FUNCTION(process_vm_writev))
int on_old_compat_process_vm_writev(__u64 *ctx)
{
	memory_written(COMPAT_ARGUMENT1(syscall_registers()), 0, ctx[1]);
	return 0;
}

SEC("fexit/" PLAIN_COMPAT_SYSCALL_FUNCTION(process_vm_readv))
int on_compat_process_vm_readv(__u64 *ctx)
{
	memory_read(COMPAT_ARGUMENT1(syscall_registers()), ctx[1]);
	return 0;
}

SEC("fexit/" PLAIN_COMPAT_SYSCALL_FUNCTION(process_vm_writev))
int on_compat_process_vm_writev(__u64 *ctx)
{
	memory_written(COMPAT_ARGUMENT1(syscall_registers()), 0, ctx[1]);
	return 0;
}

SEC("fexit/" PLAIN_COMPAT_SYSCALL_FUNCTION(pidfd_getfd))
int on_compat_pidfd_getfd(__u64 *ctx)
{
	descriptor_taken(COMPAT_ARGUMENT1(syscall_registers()), ctx[1]);
	return 0;
}
#endif

/* --- /proc/PID/mem ---------------------------------------------------------------------------- */

/* `file` of /proc, with the memory of a process, was opened. */
static __always_inline void memory_file_opened(const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const __u32 mode = BPF_CORE_READ(file, f_mode);

	accessed(task_of_proc_inode(inode), ACTION_ACCESS_MEMORY_FILE,
		 (mode & FMODE_READ ? WIRE_ACCESS_READABLE : 0) |
			 (mode & FMODE_WRITE ? WIRE_ACCESS_WRITABLE : 0),
		 0);
}

/* fs/proc/base.c: the open() of /proc/PID/mem; nothing can fail after it. */
SEC("fexit/mem_open")
int on_mem_open(__u64 *ctx)
{
	if ((int)ctx[2] == 0)
		memory_file_opened((const void *)ctx[1]);
	return 0;
}

/* Whether `file` is /proc/PID/mem or /proc/PID/task/TID/mem. */
static __always_inline _Bool is_memory_file(const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const struct proc_inode *proc =
		(const void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);

	return BPF_CORE_READ(inode, i_sb, s_magic) == PROC_SUPER_MAGIC &&
	       BPF_CORE_READ(proc, pid) && HAS_NAME(file, "mem");
}

/* open, openat and openat2 */
SEC("tp")
int on_open_exit(struct syscall_exit *ctx)
{
	const struct file *file = ctx->result < 0 ? 0 : file_of_descriptor(ctx->result);

	/* O_PATH gives a descriptor that nothing can be read from, with neither of these modes. */
	if (file && BPF_CORE_READ(file, f_mode) & (FMODE_READ | FMODE_WRITE) &&
	    is_memory_file(file))
		memory_file_opened(file);
	return 0;
}
