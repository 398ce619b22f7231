// SPDX-License-Identifier: GPL-2.0-only
/* Files whose code processes run beyond that of their exec. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/actor.h"
#include "bpf/inode.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/mute.h"
#include "bpf/path.h"
#include "bpf/scratch.h"
#include "bpf/syscall.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "GPL";

/* uapi/asm-generic/mman-common.h */
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20

static __always_inline void send_image(const struct file *file, enum kernel_action action)
{
	struct wire_image *image;
	struct wire_actor actor;
	struct scratch *scratch;
	__u64 size;

	read_actor(&actor);
	if (is_muted(&actor, action))
		return;
	scratch = scratch_take();
	if (!scratch)
		return;
	image = &scratch->image;
	image->header.kind = WIRE_IMAGE;
	image->actor = actor;
	read_file(BPF_CORE_READ(file, f_inode), &image->file);
	image->action = action;
	append_path(scratch, __builtin_preserve_access_index(&file->f_path), home_of_actor(),
		    &image->path);
	size = sizeof(*image) + scratch->text_size;
	if (size <= sizeof(*image) + WIRE_TEXT_MAX)
		send(&image->header, size);
	scratch_release(scratch);
}

/* --- mappings --------------------------------------------------------------------------------- */

/* What a process mapped since its last exec. */
struct mapped_file {
	struct wire_process process;
	__u64 execs;
	__u32 device;
	__u32 generation; /* tells files apart that had the same number one after the other */
	__u64 inode;
};

/*
 * A file that falls out here, because so many others were mapped since, is told again when it is
 * mapped again.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct mapped_file);
	__type(value, __u8);
} mapped_files SEC(".maps");

static __always_inline void mapped(const struct file *file)
{
	const struct task_struct *self = (const void *)bpf_get_current_task();
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct mapped_file key;
	const __u8 one = 1;

	read_process(self, &key.process);
	key.execs = BPF_CORE_READ(self, self_exec_id);
	key.device = BPF_CORE_READ(inode, i_sb, s_dev);
	key.generation = BPF_CORE_READ(inode, i_generation);
	key.inode = BPF_CORE_READ(inode, i_ino);
	/* For the cast see is_last_thread() in process.bpf.c. */
	if ((int)bpf_map_update_elem(&mapped_files, &key, &one, BPF_NOEXIST) == 0)
		send_image(file, ACTION_IMAGE_MAPPED);
}

/* mm/util.c: all of mmap(2) ends here, and so does what execve(2) maps for the new program. */
SEC("fexit/vm_mmap_pgoff")
int on_mmap(__u64 *ctx)
{
	const struct task_struct *self = (const void *)bpf_get_current_task();
	const struct file *file = (const void *)ctx[0];
	const long address = ctx[6];

	if (!file || !(ctx[3] & PROT_EXEC) || (address < 0 && address >= -MAX_ERRNO))
		return 0;
	if (BPF_CORE_READ_BITFIELD_PROBED(self, in_execve))
		return 0;
	mapped(file);
	return 0;
}

SEC("tp")
int on_mmap_exit(struct syscall_exit *ctx)
{
	const struct file *file;

	if (ctx->result < 0 && ctx->result >= -MAX_ERRNO)
		return 0;
	if (!(SYSCALL_ARGUMENT(3) & PROT_EXEC) || SYSCALL_ARGUMENT(4) & MAP_ANONYMOUS)
		return 0;
	file = file_of_descriptor(SYSCALL_ARGUMENT(5));
	if (file)
		mapped(file);
	return 0;
}

/* --- /proc/PID/exe ---------------------------------------------------------------------------- */

/* uapi/linux/prctl.h */
enum {
	PR_SET_MM = 35,
	PR_SET_MM_EXE_FILE = 13,
	PR_SET_MM_MAP = 14,
	EXE_FD_OFFSET = 100, /* in struct prctl_mm_map */
};

static __always_inline void prctl_returned(__u64 option, __u64 what, __u64 argument, long result)
{
	const struct task_struct *self = (const void *)bpf_get_current_task();
	__u32 fd = -1;

	if (option != PR_SET_MM || result != 0)
		return;
	if (what == PR_SET_MM_MAP)
		bpf_probe_read_user(&fd, sizeof(fd), (const void *)argument + EXE_FD_OFFSET);
	if (what == PR_SET_MM_EXE_FILE || fd != (__u32)-1)
		send_image(BPF_CORE_READ(self, mm, exe_file), ACTION_IMAGE_REPLACED);
}

SEC("fexit/" SYSCALL_FUNCTION(prctl))
int on_prctl(__u64 *ctx)
{
	const struct pt_regs *registers = syscall_registers();

	prctl_returned(PT_REGS_PARM1_CORE_SYSCALL(registers), PT_REGS_PARM2_CORE_SYSCALL(registers),
		       PT_REGS_PARM3_CORE_SYSCALL(registers), ctx[1]);
	return 0;
}

SEC("tp")
int on_prctl_exit(struct syscall_exit *ctx)
{
	prctl_returned(SYSCALL_ARGUMENT(1), SYSCALL_ARGUMENT(2), SYSCALL_ARGUMENT(3), ctx->result);
	return 0;
}

#ifdef PLAIN_COMPAT_SYSCALL_FUNCTION
SEC("fexit/" PLAIN_COMPAT_SYSCALL_FUNCTION(prctl))
int on_compat_prctl(__u64 *ctx)
{
	const struct pt_regs *registers = syscall_registers();

	prctl_returned(COMPAT_ARGUMENT1(registers), COMPAT_ARGUMENT2(registers),
		       COMPAT_ARGUMENT3(registers), ctx[1]);
	return 0;
}
#endif
