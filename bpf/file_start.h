/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_FILE_START_H
#define PIDIGREE_BPF_FILE_START_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf/kernel_types.h"

/*
 * The first bytes of a file, read from the page cache: nobody can change them between what happened
 * and our look at them, nothing is opened, and no file system is asked.
 */

enum {
	XARRAY_DEPTH = 10,
	XARRAY_KIND = 3, /* low bits of an entry; 0: a pointer, 2: to a further node */
	XARRAY_NODE = 2,
	PAGE_BYTES = 4096,
};

/*
 * fs/overlayfs/ovl_entry.h, since 4.8: behind the inode of an overlay stands the dentry of what was
 * written. The type itself is often that of a module and not known where programs are loaded.
 */
static __always_inline const struct inode *inode_with_content(const struct inode *inode)
{
	const struct dentry *upper = 0;
	const struct inode *written = 0;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return inode;
	bpf_probe_read_kernel(&upper, sizeof(upper),
			      (const void *)inode + bpf_core_type_size(struct inode));
	if (upper)
		written = BPF_CORE_READ(upper, d_inode);
	return written ? written : inode;
}

#if defined(__x86_64__)

/* Where struct page and memory itself stand; variables where the kernel chooses that at its start.
 */
extern const void vmemmap_base __ksym __weak;
extern const void page_offset_base __ksym __weak;
#define DEFAULT_VMEMMAP 0xffffea0000000000ull
#define DEFAULT_PAGE_OFFSET 0xffff888000000000ull

static __always_inline __u64 base_or(const void *variable, __u64 otherwise)
{
	__u64 base = otherwise;

	if (variable)
		bpf_probe_read_kernel(&base, sizeof(base), variable);
	return base;
}

static __always_inline const void *address_of(__u64 page)
{
	const __u64 number =
		(page - base_or(&vmemmap_base, DEFAULT_VMEMMAP)) / bpf_core_type_size(struct page);

	return (const void *)(base_or(&page_offset_base, DEFAULT_PAGE_OFFSET) +
			      number * PAGE_BYTES);
}

/* Returns whether the first `size` bytes are in memory. */
static __always_inline _Bool read_start(const struct inode *top, void *start, __u32 size)
{
	const struct inode *inode = inode_with_content(top);
	__u64 entry = (__u64)BPF_CORE_READ(inode, i_mapping, i_pages.xa_head);

	for (int i = 0; i < XARRAY_DEPTH && (entry & XARRAY_KIND) == XARRAY_NODE; i++) {
		const struct xa_node *node = (const void *)(entry & ~(__u64)XARRAY_KIND);

		entry = (__u64)BPF_CORE_READ(node, slots[0]);
	}
	if (!entry || entry & XARRAY_KIND)
		return 0;
	return bpf_probe_read_kernel(start, size, address_of(entry)) == 0;
}

#else

static __always_inline _Bool read_start(const struct inode *inode, void *start, __u32 size)
{
	return 0;
}

#endif

enum file_start {
	START_UNREAD, /* it is not in memory */
	START_EXECUTABLE,
	START_OTHER,
};

static __always_inline enum file_start start_of(const struct inode *inode)
{
	unsigned char start[4] = {};

	if (BPF_CORE_READ(inode, i_size) < 2)
		return START_OTHER;
	if (!read_start(inode, start, sizeof(start)))
		return START_UNREAD;
	if ((start[0] == '#' && start[1] == '!') ||
	    (start[0] == 0x7f && start[1] == 'E' && start[2] == 'L' && start[3] == 'F'))
		return START_EXECUTABLE;
	return START_OTHER;
}

#endif
