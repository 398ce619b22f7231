// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to files, seen when system calls return: for kernels that let nobody look into their
 * functions. Names are read from the memory of the process and put together by the agent.
 */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/file_event.h"
#include "bpf/syscall.h"
#include "bpf/syscall_numbers.h"

char LICENSE[] SEC("license") = "GPL";

/* `file` was opened. */
static __always_inline void opened(const struct file *file)
{
	const __u32 type = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	const __u32 mode = BPF_CORE_READ(file, f_mode);

	if (mode & FMODE_CREATED)
		tell_file(ACTION_FILE_CREATED, file);
	if (mode & FMODE_PATH)
		return;
	if (type == S_IFBLK && mode & FMODE_READ)
		tell_file(ACTION_FILE_DEVICE_OPENED, file);
	if (type == S_IFIFO)
		tell_file(ACTION_FILE_FIFO_OPENED, file);
}

/* What a call did to what its arguments name. */
struct target {
	__u64 name;	 /* address; 0: the file is the one behind `directory` */
	__s32 directory; /* descriptor, or AT_FDCWD */
	__u32 action;
	__u32 mode; /* 0: not known */
	_Bool follow;
};

static __always_inline void count_unread_name(void)
{
	struct wire_losses *here = losses_here();

	if (here)
		__sync_fetch_and_add(&here->name_unread, 1);
}

/* Appends where a name begins, as openat(2) sees it, and the name. False: it could not be read. */
static __always_inline _Bool append_name(struct scratch *scratch, const struct target *target)
{
	const struct task_struct *task = (const void *)bpf_get_current_task();
	const struct fs_struct *fs = BPF_CORE_READ(task, fs);
	const struct path *start = __builtin_preserve_access_index(&fs->pwd);
	const void *name = (const void *)target->name;
	char first = 0;
	__u64 at;
	long size;

	if (name && bpf_probe_read_user(&first, sizeof(first), name))
		return 0;
	if (first == '/') {
		start = __builtin_preserve_access_index(&fs->root);
	} else if (target->directory != AT_FDCWD) {
		const struct file *file = file_of_descriptor(target->directory);

		if (!file)
			return 0;
		start = __builtin_preserve_access_index(&file->f_path);
		/* The times that were set are not those it had before. */
		if (!first && target->action != ACTION_FILE_TIMES_SET)
			describe_inode(scratch, BPF_CORE_READ(file, f_inode));
	}
	append_path(scratch, start, home_of_actor(), &scratch->file_event.path);
	if (!first)
		return 1;
	at = scratch->text_size & PATH_TEXT_MASK;
	size = bpf_probe_read_user_str(scratch->text + at, WIRE_PATH_MAX, name);
	if (size <= 1)
		return 0;
	scratch->file_event.name_size = size - 1;
	scratch->text_size = at + size - 1;
	return 1;
}

/* The scratch of a record about the target, to be ended. */
static __always_inline struct scratch *begin_target(const struct target *target)
{
	struct scratch *scratch = begin_file_event(target->action, target->mode);

	if (!scratch)
		return 0;
	scratch->file_event.mode = target->mode;
	if (target->follow)
		scratch->file_event.flags = WIRE_FILE_FOLLOWED;
	if (append_name(scratch, target))
		return scratch;
	count_unread_name();
	scratch_release(scratch);
	return 0;
}

static __always_inline void tell_target(const struct target *target)
{
	struct scratch *scratch = begin_target(target);

	if (scratch)
		end_file_event(scratch);
}

/* The new modification time of a utimensat(2); 0: that of the call, -1: it stays. */
static __always_inline __s64 time_to_be(__u64 times)
{
	struct timespec64 mtime = {};

	if (!times)
		return 0;
	bpf_probe_read_user(&mtime, sizeof(mtime), (const struct timespec64 *)times + 1);
	if (mtime.tv_nsec == UTIME_NOW)
		return 0;
	return mtime.tv_nsec == UTIME_OMIT ? -1 : mtime.tv_sec * NS_PER_SECOND + mtime.tv_nsec;
}

static __always_inline void tell_times(struct target *target, __s64 time_ns)
{
	struct scratch *scratch;

	target->action = ACTION_FILE_TIMES_SET;
	scratch = begin_target(target);
	if (!scratch)
		return;
	scratch->file_event.file_time_ns = time_ns;
	end_file_event(scratch);
}

static __always_inline void tell_attribute(struct target *target, const void *name,
					   const void *value, __u64 size)
{
	struct scratch *scratch;
	__u64 at, user = 0;
	long name_size;

	bpf_probe_read_user(&user, 5, name);
	if (user != USER_PREFIX)
		return;
	target->action = ACTION_FILE_ATTRIBUTE_SET;
	scratch = begin_target(target);
	if (!scratch)
		return;
	at = scratch->text_size & PATH_TEXT_MASK;
	name_size = bpf_probe_read_user_str(scratch->text + at, WIRE_ATTRIBUTE_NAME_MAX, name);
	if (name_size > 1)
		append_attribute(scratch, at, name_size - 1, value, size, 1);
	end_file_event(scratch);
}

/* The arguments of the call that returns. */
struct arguments {
	__u64 a, b, c, d, e;
};

static __always_inline __u32 node_mode(__u32 mode)
{
	return mode & S_IFMT ? mode : mode | S_IFREG;
}

/* Of chmod, fchmod and fchmodat. False: it does not make the file executable. */
static __always_inline _Bool find_executable(enum call call, const struct arguments *in,
					     struct target *target)
{
	if (call != CALL_CHMOD)
		target->directory = in->a;
	if (call != CALL_FCHMOD)
		target->name = call == CALL_CHMOD ? in->a : in->b;
	target->follow = call != CALL_FCHMOD;
	target->action = ACTION_FILE_MADE_EXECUTABLE;
	return (call == CALL_FCHMODAT ? in->c : in->b) & S_IXUGO;
}

/* Of calls that name what they make, delete or make executable. False: nothing is to be told. */
static __always_inline _Bool find_target(enum call call, const struct arguments *in,
					 struct target *target)
{
	switch (call) {
	case CALL_UNLINK:
		target->name = in->a;
		target->action = ACTION_FILE_DELETED;
		return 1;
	case CALL_UNLINKAT:
		target->directory = in->a;
		target->name = in->b;
		target->action = ACTION_FILE_DELETED;
		return !(in->c & AT_REMOVEDIR);
	case CALL_RENAME:
	case CALL_LINK:
		target->name = in->b;
		return 1;
	case CALL_RENAMEAT:
	case CALL_RENAMEAT2:
	case CALL_LINKAT:
		target->directory = in->c;
		target->name = in->d;
		return call != CALL_RENAMEAT2 || !(in->e & RENAME_EXCHANGE);
	case CALL_SYMLINK:
		target->name = in->b;
		target->mode = S_IFLNK;
		return 1;
	case CALL_SYMLINKAT:
		target->directory = in->b;
		target->name = in->c;
		target->mode = S_IFLNK;
		return 1;
	case CALL_MKNOD:
		target->name = in->a;
		target->mode = node_mode(in->b);
		return 1;
	case CALL_MKNODAT:
		target->directory = in->a;
		target->name = in->b;
		target->mode = node_mode(in->c);
		return 1;
	case CALL_NONE:
	case CALL_OPEN:
	case CALL_UTIMENSAT:
	case CALL_FUTIMESAT:
	case CALL_UTIMES:
	case CALL_UTIME:
	case CALL_SETXATTR:
	case CALL_LSETXATTR:
	case CALL_FSETXATTR:
		return 0;
	case CALL_CHMOD:
	case CALL_FCHMOD:
	case CALL_FCHMODAT:
		return find_executable(call, in, target);
	}
	return 0;
}

static __always_inline void times_set(enum call call, const struct arguments *in)
{
	struct target target = {.directory = AT_FDCWD, .follow = 1};
	const _Bool has_directory = call == CALL_UTIMENSAT || call == CALL_FUTIMESAT;
	const __u64 times = has_directory ? in->c : in->b;
	__s64 time[4] = {}; /* of utimes: two pairs of seconds and microseconds */
	__s64 time_ns = 0;

	target.name = has_directory ? in->b : in->a;
	if (has_directory)
		target.directory = in->a;
	if (call == CALL_UTIMENSAT) {
		target.follow = !(in->d & AT_SYMLINK_NOFOLLOW);
		time_ns = time_to_be(times);
	} else if (times) {
		bpf_probe_read_user(time, call == CALL_UTIME ? 2 * sizeof(*time) : sizeof(time),
				    (const void *)times);
		time_ns = call == CALL_UTIME ? time[1] * NS_PER_SECOND
					     : time[2] * NS_PER_SECOND + time[3] * 1000;
	}
	tell_times(&target, time_ns);
}

static __always_inline void attribute_set(enum call call, const struct arguments *in)
{
	struct target target = {.directory = AT_FDCWD, .follow = call == CALL_SETXATTR};

	if (call == CALL_FSETXATTR)
		target.directory = in->a;
	else
		target.name = in->a;
	tell_attribute(&target, (const void *)in->b, (const void *)in->c, in->d);
}

static __always_inline void call_returned(enum call call, const struct arguments *in, long result)
{
	if (result < 0)
		return;
	switch (call) {
	case CALL_OPEN: {
		const struct file *file = file_of_descriptor(result);

		if (file)
			opened(file);
		return;
	}
	case CALL_UTIMENSAT:
	case CALL_FUTIMESAT:
	case CALL_UTIMES:
	case CALL_UTIME:
		return times_set(call, in);
	case CALL_SETXATTR:
	case CALL_LSETXATTR:
	case CALL_FSETXATTR:
		return attribute_set(call, in);
	default: {
		struct target target = {.directory = AT_FDCWD, .action = ACTION_FILE_CREATED};

		if (find_target(call, in, &target))
			tell_target(&target);
	}
	}
}

/* Attached to the exits of all calls of syscall_numbers.h that somebody wants to know of. */
SEC("tp")
int on_file_call(struct syscall_exit *ctx)
{
	const struct pt_regs *registers = syscall_registers();
	const struct arguments arguments = {
		.a = PT_REGS_PARM1_CORE_SYSCALL(registers),
		.b = PT_REGS_PARM2_CORE_SYSCALL(registers),
		.c = PT_REGS_PARM3_CORE_SYSCALL(registers),
		.d = PT_REGS_PARM4_CORE_SYSCALL(registers),
		.e = PT_REGS_PARM5_CORE_SYSCALL(registers),
	};

	if (ctx->result >= 0)
		call_returned(native_call(ctx->number), &arguments, ctx->result);
	return 0;
}

#if defined(__x86_64__)

/* Asked at every call of the machine. From 5.11 on that is a load, not a call that copies. */
static __always_inline _Bool is_compat_call(void)
{
	const struct task_struct *task;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return bpf_get_current_task_btf()->thread_info.status & TS_COMPAT;
	task = (const void *)bpf_get_current_task();
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
}

/* The exits of all calls: the only tracepoint that 32-bit programs pass. */
SEC("raw_tp/sys_exit")
int on_compat_call(struct bpf_raw_tracepoint_args *ctx)
{
	const struct pt_regs *registers = (const void *)ctx->args[0];
	struct arguments arguments;
	enum call call;

	if (!is_compat_call() || (int)ctx->args[1] < 0)
		return 0;
	call = i386_call(BPF_CORE_READ(registers, orig_ax));
	if (call == CALL_NONE)
		return 0;
	arguments.a = (__u32)BPF_CORE_READ(registers, bx);
	arguments.b = (__u32)BPF_CORE_READ(registers, cx);
	arguments.c = (__u32)BPF_CORE_READ(registers, dx);
	arguments.d = (__u32)BPF_CORE_READ(registers, si);
	arguments.e = (__u32)BPF_CORE_READ(registers, di);
	call_returned(call, &arguments, (int)ctx->args[1]);
	return 0;
}

#endif
