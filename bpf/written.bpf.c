// SPDX-License-Identifier: GPL-2.0-only
/* Files that were written and start as executables do, and files that became executable. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/file_event.h"
#include "bpf/file_start.h"
#include "bpf/pending.h"
#include "bpf/syscall.h"

char LICENSE[] SEC("license") = "GPL";

/* What a file that is open for writing was when it was opened. */
struct opened_file {
	__s64 mtime_ns;
	__u64 size;
};

/* By the address of the open file. The oldest give way. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct opened_file);
} opened_files SEC(".maps");

static __always_inline void opened_for_writing(const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const __u64 key = (__u64)file;
	struct opened_file opened;
	__u32 mode = BPF_CORE_READ(file, f_mode);

	if (!(mode & FMODE_WRITE) || mode & FMODE_NOACCOUNT ||
	    (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
		return;
	opened.mtime_ns = mode & FMODE_CREATED ? 0 : mtime_of(inode);
	opened.size = BPF_CORE_READ(inode, i_size);
	bpf_map_update_elem(&opened_files, &key, &opened, BPF_ANY);
}

static __always_inline void count_unread_start(void)
{
	struct wire_losses *here = losses_here();

	if (here)
		__sync_fetch_and_add(&here->start_unread, 1);
}

static __always_inline void closes(const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	const __u64 key = (__u64)file;
	const struct opened_file *opened;
	_Bool written;

	if (!(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return;
	opened = bpf_map_lookup_elem(&opened_files, &key);
	if (!opened)
		return;
	written = opened->mtime_ns != mtime_of(inode) ||
		  opened->size != (__u64)BPF_CORE_READ(inode, i_size);
	bpf_map_delete_elem(&opened_files, &key);
	if (!written)
		return;
	switch (start_of(inode)) {
	case START_UNREAD:
		count_unread_start();
		return;
	case START_EXECUTABLE:
		tell_file(ACTION_FILE_WRITTEN, file);
		return;
	case START_OTHER:
		return;
	}
}

SEC("fentry/security_file_open")
int BPF_PROG(on_open_to_write, struct file *file)
{
	opened_for_writing(file);
	return 0;
}

/* fs/file_table.c: the last reference is gone, also that of a mapping. */
SEC("fentry/__fput")
int BPF_PROG(on_last_close, struct file *file)
{
	closes(file);
	return 0;
}

SEC("tp")
int on_open_to_write_exit(struct syscall_exit *ctx)
{
	const struct file *file = ctx->result >= 0 ? file_of_descriptor(ctx->result) : 0;

	if (file)
		opened_for_writing(file);
	return 0;
}

static __always_inline _Bool is_last_reference(const struct file *file)
{
	const struct file___counted *counted = (const void *)file;
	const struct file___referenced *referenced = (const void *)file;

	if (bpf_core_field_exists(counted->f_count))
		return BPF_CORE_READ(counted, f_count.counter) == 1;
	return BPF_CORE_READ(referenced, f_ref.refcnt.counter) == 0;
}

SEC("tp")
int on_close_enter(struct syscall_enter *ctx)
{
	const struct file *file = file_of_descriptor(ctx->arguments[0]);

	if (file && is_last_reference(file))
		closes(file);
	return 0;
}

/* Asked by chmod(2) and its like, before the kernel has decided. */
SEC("fentry/security_path_chmod")
int BPF_PROG(on_path_chmod, const struct path *path, unsigned short mode)
{
	const struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct pending pending = {};

	pending.mode = BPF_CORE_READ(dentry, d_inode, i_mode);
	if (!(mode & S_IXUGO) || pending.mode & S_IXUGO || (pending.mode & S_IFMT) != S_IFREG)
		return 0;
	pending.action = ACTION_FILE_MADE_EXECUTABLE;
	pending.dentry = dentry;
	pending.mount = BPF_CORE_READ(path, mnt);
	note_pending(&pending);
	return 0;
}

SEC("fexit/notify_change")
int on_changed(__u64 *ctx)
{
	const struct dentry *dentry = (const void *)context_word(ctx, 1, 0);
	struct pending *pending = find_pending((__u64)dentry);
	struct scratch *scratch;

	if (!pending || pending->action != ACTION_FILE_MADE_EXECUTABLE)
		return 0;
	scratch = result_of_function(ctx, 3) == 0 ? begin_file_event(pending->action, 0) : 0;
	if (scratch) {
		describe_inode(scratch, BPF_CORE_READ(dentry, d_inode));
		append_path_of(scratch, pending->mount, dentry, home_of_actor(),
			       &scratch->file_event.path);
		end_file_event(scratch);
	}
	forget_pending();
	return 0;
}
