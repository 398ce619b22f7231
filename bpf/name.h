/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_NAME_H
#define PIDIGREE_BPF_NAME_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"

enum {
	NAME_MAX_COMPARED = 16,
};

/* Whether the last component of an open file's path is the string literal `name`. */
#define HAS_NAME(file, name) has_name(file, name, sizeof(name) - 1)

static __always_inline _Bool has_name(const struct file *file, const char *name, __u32 size)
{
	const struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	char actual[NAME_MAX_COMPARED] = {};

	if (BPF_CORE_READ(dentry, d_name.len) != size ||
	    bpf_probe_read_kernel(actual, size, BPF_CORE_READ(dentry, d_name.name)))
		return 0;
	for (__u32 i = 0; i < size; i++) {
		if (actual[i] != name[i])
			return 0;
	}
	return 1;
}

#endif
