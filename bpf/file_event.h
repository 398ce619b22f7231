/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_FILE_EVENT_H
#define PIDIGREE_BPF_FILE_EVENT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/actor.h"
#include "bpf/inode.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/mute.h"
#include "bpf/path.h"
#include "bpf/scratch.h"
#include "bpf/wire.h"

/* What the agent takes `action` for. `mode`: of the file, 0 if it is not known. */
static __always_inline enum kernel_action action_on(__u32 action, __u32 mode)
{
	/* From now on the compiler knows that it is one of few. */
	__builtin_assume(action >= ACTION_FILE_CREATED && action <= ACTION_FILE_MADE_EXECUTABLE);
	if (action == ACTION_FILE_CREATED && (!mode || (mode & S_IFMT) == S_IFIFO))
		return ACTION_FIFO_CREATED;
	return action;
}

/*
 * Takes a scratch and begins a record in it of what the current process did to a file with that
 * mode (0: not known). Null: it cannot be told, or nobody wants to know.
 */
static __always_inline struct scratch *begin_file_event(__u32 action, __u32 mode)
{
	struct wire_file_event *event;
	struct wire_actor actor;
	struct scratch *scratch;

	read_actor(&actor);
	if (is_muted(&actor, action_on(action, mode)))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return 0;
	event = &scratch->file_event;
	event->header.kind = WIRE_FILE_EVENT;
	event->actor = actor;
	event->action = action;
	__builtin_memset(&event->file, 0, sizeof(event->file));
	event->file_time_ns = 0;
	event->mode = 0;
	event->name_size = 0;
	event->flags = 0;
	event->attribute_size = 0;
	event->value_size = 0;
	return scratch;
}

static __always_inline void end_file_event(struct scratch *scratch)
{
	const __u64 size = sizeof(struct wire_file_event) + scratch->text_size;

	if (size <= sizeof(struct wire_file_event) + WIRE_TEXT_MAX)
		send(&scratch->file_event.header, size);
	scratch_release(scratch);
}

static __always_inline void describe_inode(struct scratch *scratch, const struct inode *inode)
{
	read_file(inode, &scratch->file_event.file);
	scratch->file_event.mode = BPF_CORE_READ(inode, i_mode);
}

#define USER_PREFIX 0x2e72657375ull /* the first five bytes of a name that begins with "user." */

/*
 * Appends the value of an extended attribute whose name of `name_size` bytes stands in the text at
 * `at` already. One that cannot be read is left out.
 */
static __always_inline void append_attribute(struct scratch *scratch, __u64 at, __u64 name_size,
					     const void *value, __u64 size, _Bool from_user)
{
	scratch->file_event.attribute_size = name_size;
	scratch->text_size = at + name_size;
	at = scratch->text_size & PATH_TEXT_MASK;
	barrier_var(size); /* so that the verifier sees the one compared be the one used */
	if (size > WIRE_ATTRIBUTE_MAX ||
	    (from_user ? bpf_probe_read_user(scratch->text + at, size, value)
		       : bpf_probe_read_kernel(scratch->text + at, size, value))) {
		scratch->file_event.flags |= WIRE_FILE_VALUE_UNREAD;
		return;
	}
	scratch->file_event.value_size = size;
	scratch->text_size = at + size;
}

/* Tells of an open file. */
static __always_inline void tell_file(__u32 action, const struct file *file)
{
	const struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct scratch *scratch = begin_file_event(action, BPF_CORE_READ(inode, i_mode));

	if (!scratch)
		return;
	describe_inode(scratch, inode);
	/* Nothing has changed what has just been created. */
	if (action == ACTION_FILE_CREATED)
		scratch->file_event.file_time_ns = scratch->file_event.file.ctime_ns;
	append_path(scratch, __builtin_preserve_access_index(&file->f_path), home_of_actor(),
		    &scratch->file_event.path);
	end_file_event(scratch);
}

#endif
