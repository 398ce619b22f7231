/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_INODE_H
#define PIDIGREE_BPF_INODE_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"
#include "bpf/wire.h"

#define NS_PER_SECOND 1000000000ll

static __always_inline __s64 mtime_of(const struct inode *inode)
{
	const struct inode___plain *plain = (const void *)inode;
	const struct inode___underscored *underscored = (const void *)inode;
	const struct inode___split *split = (const void *)inode;

	if (bpf_core_field_exists(split->i_mtime_sec))
		return BPF_CORE_READ(split, i_mtime_sec) * NS_PER_SECOND +
		       BPF_CORE_READ(split, i_mtime_nsec);
	if (bpf_core_field_exists(underscored->__i_mtime))
		return BPF_CORE_READ(underscored, __i_mtime.tv_sec) * NS_PER_SECOND +
		       BPF_CORE_READ(underscored, __i_mtime.tv_nsec);
	return BPF_CORE_READ(plain, i_mtime.tv_sec) * NS_PER_SECOND +
	       BPF_CORE_READ(plain, i_mtime.tv_nsec);
}

static __always_inline __s64 ctime_of(const struct inode *inode)
{
	const struct inode___plain *plain = (const void *)inode;
	const struct inode___underscored *underscored = (const void *)inode;
	const struct inode___split *split = (const void *)inode;

	if (bpf_core_field_exists(split->i_ctime_sec))
		return BPF_CORE_READ(split, i_ctime_sec) * NS_PER_SECOND +
		       (BPF_CORE_READ(split, i_ctime_nsec) & ~I_CTIME_QUERIED);
	if (bpf_core_field_exists(underscored->__i_ctime))
		return BPF_CORE_READ(underscored, __i_ctime.tv_sec) * NS_PER_SECOND +
		       BPF_CORE_READ(underscored, __i_ctime.tv_nsec);
	return BPF_CORE_READ(plain, i_ctime.tv_sec) * NS_PER_SECOND +
	       BPF_CORE_READ(plain, i_ctime.tv_nsec);
}

static __always_inline void read_file(const struct inode *inode, struct wire_file *out)
{
	out->device = BPF_CORE_READ(inode, i_sb, s_dev);
	out->inode = BPF_CORE_READ(inode, i_ino);
	out->size = BPF_CORE_READ(inode, i_size);
	out->mtime_ns = mtime_of(inode);
	out->ctime_ns = ctime_of(inode);
	out->links = BPF_CORE_READ(inode, i_nlink);
}

#endif
