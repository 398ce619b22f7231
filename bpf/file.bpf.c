// SPDX-License-Identifier: GPL-2.0-only
/* What happens to files, seen in functions of the kernel. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/file_event.h"
#include "bpf/file_start.h"
#include "bpf/mount.h"
#include "bpf/pending.h"

char LICENSE[] SEC("license") = "GPL";

/* --- opening ---------------------------------------------------------------------------------- */

/* security/security.c: a file that this open made is there, whatever becomes of the open. */
SEC("fentry/security_file_open")
int BPF_PROG(on_file_open, struct file *file)
{
	if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		tell_file(ACTION_FILE_CREATED, file);
	return 0;
}

/* fs/open.c: devices and FIFOs are opened by this. */
SEC("fexit/vfs_open")
int BPF_PROG(on_opened, const struct path *path, struct file *file, int result)
{
	const __u32 type = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	const __u32 mode = BPF_CORE_READ(file, f_mode);

	if (result || mode & FMODE_PATH)
		return 0;
	if (type == S_IFBLK && mode & FMODE_READ)
		tell_file(ACTION_FILE_DEVICE_OPENED, file);
	if (type == S_IFIFO)
		tell_file(ACTION_FILE_FIFO_OPENED, file);
	return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

/*
 * What has happened: to the dentry that stands for the name now, or did until it was unlinked.
 * Functions of fs/namei.c; a file system on top of another calls them again for that one.
 */
static __always_inline void name_done(__u64 dentry, int result)
{
	struct pending *pending = find_pending(dentry);
	const struct dentry *name = (const void *)dentry;
	const struct inode *inode;
	struct scratch *scratch;
	__u32 mode;

	if (!pending)
		return;
	inode = BPF_CORE_READ(name, d_inode);
	mode = pending->mode ? pending->mode : BPF_CORE_READ(inode, i_mode);
	scratch = result == 0 ? begin_file_event(pending->action, mode) : 0;
	if (scratch) {
		if (pending->file.inode) {
			scratch->file_event.file = pending->file;
			scratch->file_event.mode = pending->mode;
			scratch->file_event.flags = pending->flags;
		} else {
			describe_inode(scratch, inode);
			if (pending->mode) /* new, and nothing has changed it yet */
				scratch->file_event.file_time_ns =
					scratch->file_event.file.ctime_ns;
		}
		append_path_of(scratch, pending->mount, name, home_of_actor(),
			       &scratch->file_event.path);
		end_file_event(scratch);
	}
	forget_pending();
}

/* The name will be that of a file that is made now (with its mode) or that was there before (0). */
static __always_inline void note_creation(const struct path *dir, const struct dentry *dentry,
					  __u32 mode)
{
	struct pending pending = {};

	pending.action = ACTION_FILE_CREATED;
	pending.dentry = dentry;
	pending.mount = BPF_CORE_READ(dir, mnt);
	pending.mode = mode;
	note_pending(&pending);
}

/* `inode` will have one name less. */
static __always_inline void describe_deleted(const struct inode *inode, struct pending *pending)
{
	pending->action = ACTION_FILE_DELETED;
	pending->mode = BPF_CORE_READ(inode, i_mode);
	read_file(inode, &pending->file);
	if ((pending->mode & S_IFMT) != S_IFREG)
		return;
	switch (start_of(inode)) {
	case START_UNREAD:
		return;
	case START_EXECUTABLE:
		pending->flags = WIRE_FILE_STARTS_AS_EXECUTABLE;
		return;
	case START_OTHER:
		pending->flags = WIRE_FILE_STARTS_OTHERWISE;
		return;
	}
}

SEC("fentry/security_path_unlink")
int BPF_PROG(on_path_unlink, const struct path *dir, struct dentry *dentry)
{
	const struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct pending pending = {};

	if (!inode)
		return 0;
	describe_deleted(inode, &pending);
	pending.dentry = dentry;
	pending.mount = BPF_CORE_READ(dir, mnt);
	note_pending(&pending);
	return 0;
}

SEC("fexit/vfs_unlink")
int on_unlinked(__u64 *ctx)
{
	name_done(context_word(ctx, 2, 1), result_of_function(ctx, 3));
	return 0;
}

SEC("fentry/security_path_rename")
int BPF_PROG(on_path_rename, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	const struct inode *inode = BPF_CORE_READ(old_dentry, d_inode);
	const struct inode *replaced = BPF_CORE_READ(new_dentry, d_inode);
	struct pending pending = {};

	/* Two names of one file: nothing is done. */
	if (flags & RENAME_EXCHANGE || !inode || inode == replaced ||
	    (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR)
		return 0;
	pending.action = ACTION_FILE_CREATED;
	if (replaced)
		describe_deleted(replaced, &pending);
	pending.dentry = old_dentry; /* which takes the new name */
	pending.mount = BPF_CORE_READ(new_dir, mnt);
	note_pending(&pending);
	return 0;
}

SEC("fexit/vfs_rename")
int on_renamed(__u64 *ctx)
{
	/* Where the structure is known, it is the only argument and holds the others. */
	if (bpf_core_type_exists(struct renamedata)) {
		const struct renamedata *data = (const void *)ctx[0];
		__u64 result = ctx[1];

		barrier_var(result);
		name_done((__u64)BPF_CORE_READ(data, old_dentry), (int)result);
	} else {
		__u64 dentry = ctx[1], result = ctx[6];

		barrier_var(dentry);
		barrier_var(result);
		name_done(dentry, (int)result);
	}
	return 0;
}

SEC("fentry/security_path_link")
int BPF_PROG(on_path_link, struct dentry *old_dentry, const struct path *dir,
	     struct dentry *new_dentry)
{
	note_creation(dir, new_dentry, 0);
	return 0;
}

SEC("fexit/vfs_link")
int on_linked(__u64 *ctx)
{
	name_done(context_word(ctx, 3, 2), result_of_function(ctx, 4));
	return 0;
}

SEC("fentry/security_path_symlink")
int BPF_PROG(on_path_symlink, const struct path *dir, struct dentry *dentry)
{
	note_creation(dir, dentry, S_IFLNK);
	return 0;
}

SEC("fexit/vfs_symlink")
int on_symlinked(__u64 *ctx)
{
	name_done(context_word(ctx, 2, 1), result_of_function(ctx, 3));
	return 0;
}

SEC("fentry/security_path_mknod")
int BPF_PROG(on_path_mknod, const struct path *dir, struct dentry *dentry, unsigned short mode)
{
	note_creation(dir, dentry, mode | (mode & S_IFMT ? 0 : S_IFREG));
	return 0;
}

SEC("fexit/vfs_mknod")
int on_mknod(__u64 *ctx)
{
	name_done(context_word(ctx, 2, 1), result_of_function(ctx, 4));
	return 0;
}

/* A plain file that mknod(2) makes. Newer kernels dropped the directory from the arguments. */
SEC("fexit/vfs_create")
int on_created(__u64 *ctx)
{
	const struct pending *pending = find_pending(ctx[1]);
	const __u64 dentry = pending ? ctx[1] : context_word(ctx, 2, 1);

	name_done(dentry, result_of_function(ctx, 4));
	return 0;
}

/* --- times ------------------------------------------------------------------------------------ */

SEC("fentry/vfs_utimes")
int BPF_PROG(on_utimes, const struct path *path)
{
	const struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct pending pending = {};

	pending.action = ACTION_FILE_TIMES_SET;
	pending.dentry = dentry;
	pending.mount = BPF_CORE_READ(path, mnt);
	pending.mode = BPF_CORE_READ(dentry, d_inode, i_mode);
	read_file(BPF_CORE_READ(dentry, d_inode), &pending.file);
	note_pending(&pending);
	return 0;
}

SEC("fexit/vfs_utimes")
int BPF_PROG(on_times_set, const struct path *path, void *times, int result)
{
	const struct dentry *dentry = BPF_CORE_READ(path, dentry);
	struct pending *pending = find_pending((__u64)dentry);
	struct scratch *scratch;

	if (!pending)
		return 0;
	scratch = result == 0 ? begin_file_event(ACTION_FILE_TIMES_SET, 0) : 0;
	if (scratch) {
		scratch->file_event.file = pending->file;
		scratch->file_event.mode = pending->mode;
		scratch->file_event.file_time_ns = mtime_of(BPF_CORE_READ(dentry, d_inode));
		append_path(scratch, path, home_of_actor(), &scratch->file_event.path);
		end_file_event(scratch);
	}
	forget_pending();
	return 0;
}

/* --- extended attributes ---------------------------------------------------------------------- */

/* security/security.c, after success; it is not told through which mount. */
SEC("fentry/security_inode_post_setxattr")
int BPF_PROG(on_attribute_set, struct dentry *dentry, const char *name)
{
	struct scratch *scratch;
	const void *value = 0;
	__u64 at, user = 0;
	long name_size;

	bpf_probe_read_kernel(&user, 5, name);
	if (user != USER_PREFIX)
		return 0;
	scratch = begin_file_event(ACTION_FILE_ATTRIBUTE_SET, 0);
	if (!scratch)
		return 0;
	describe_inode(scratch, BPF_CORE_READ(dentry, d_inode));
	append_path_of(scratch, mount_of(dentry), dentry, home_of_actor(),
		       &scratch->file_event.path);
	at = scratch->text_size & PATH_TEXT_MASK;
	name_size = bpf_probe_read_kernel_str(scratch->text + at, WIRE_ATTRIBUTE_NAME_MAX, name);
	if (name_size > 1) {
		/* The verifier of 5.10 refuses to load an argument that is a `const void *`. */
		bpf_probe_read_kernel(&value, sizeof(value), &ctx[2]);
		append_attribute(scratch, at, name_size - 1, value, ctx[3], 0);
	}
	end_file_event(scratch);
	return 0;
}
