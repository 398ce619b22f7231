/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_KERNEL_TYPES_H
#define PIDIGREE_BPF_KERNEL_TYPES_H

/*
 * The members of kernel structures that the programs here read. Their offsets are put right when
 * the programs are loaded (CO-RE), so neither order nor completeness matters, and the machine that
 * builds needs no kernel headers. A name behind three underscores is a variant of one structure in
 * other kernel versions.
 */

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	__u32 val;
} kuid_t;

struct list_head {
	struct list_head *next;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
	struct list_head mnt_instance;
};

/* From 6.18 */
struct mount___linked {
	struct mount *mnt_next_for_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct dentry *s_root;
	struct list_head s_mounts;
};

/* From 6.18 */
struct super_block___linked {
	struct mount *s_mounts;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct page {
	unsigned long flags;
};

struct address_space {
	struct xarray i_pages;
};

struct inode {
	unsigned short i_mode;
	struct address_space *i_mapping;
	struct super_block *i_sb;
	unsigned long i_ino;
	__u32 i_generation;
	unsigned int i_nlink;
	long long i_size;
	void *i_private;
};

/* Up to 6.5 */
struct inode___plain {
	struct timespec64 i_mtime;
	struct timespec64 i_ctime;
};

/* 6.6 renamed ctime, 6.7 mtime. */
struct inode___underscored {
	struct timespec64 __i_mtime;
	struct timespec64 __i_ctime;
};

/* From 6.11 */
struct inode___split {
	__s64 i_mtime_sec;
	__s64 i_ctime_sec;
	__u32 i_mtime_nsec;
	__u32 i_ctime_nsec;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_mode;
	void *private_data;
};

typedef struct {
	long counter;
} atomic_long_t;

/* Up to 6.12 */
struct file___counted {
	atomic_long_t f_count;
};

typedef struct {
	atomic_long_t refcnt;
} file_ref_t;

/* From 6.13: one reference less than there are. */
struct file___referenced {
	file_ref_t f_ref;
};

struct iattr {
	unsigned int ia_valid;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct idr {
	struct xarray idr_rt;
	unsigned int idr_base;
};

struct pid_namespace {
	struct idr idr;
	struct ns_common ns;
};

struct upid {
	struct pid_namespace *ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[1];
	struct upid numbers[1];
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
	struct tty_struct *tty;
};

struct cred {
	kuid_t uid;
	kuid_t euid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct thread_info {
	__u32 status; /* x86 */
};

struct task_struct {
	void *stack;
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int ptrace;
	struct mm_struct *mm;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[1];
	__u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	kuid_t loginuid;
	unsigned int sessionid;
	struct css_set *cgroups;
	__u64 self_exec_id;
	unsigned int in_execve : 1;
};

/* From 6.17: the tracepoint says itself whether the last thread is going. */
struct trace_event_raw_sched_process_exit {
	_Bool group_dead;
};

struct trace_event_raw_task_newtask {
	int pid;
	unsigned long clone_flags;
};

struct module {
	char name[56];
	_Bool sig_ok;
};

enum kernel_read_file_id {
	READING_MODULE = 2,
};

struct bpf_prog_aux {
	__u32 id;
	char name[16];
};

struct bpf_prog {
	enum bpf_prog_type type;
	struct bpf_prog_aux *aux;
};

enum perf_bpf_event_type {
	PERF_BPF_EVENT_PROG_LOAD = 1,
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* What vfs_rename() takes since 5.12, and in late releases of 5.10. */
struct renamedata {
	struct dentry *old_dentry;
};

/* Since 5.12 mounts map ids, and vfs_unlink() and its like take the mapping as a first argument. */
struct vfsmount___users {
	void *mnt_userns;
};

/* From 6.2 */
struct vfsmount___ids {
	void *mnt_idmap;
};

/* Registers at the entry of a function or system call, as bpf_tracing.h reads them. */
#if defined(__x86_64__)
struct pt_regs {
	unsigned long bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax, sp, ip;
};
#elif defined(__aarch64__)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
};
struct pt_regs {
	struct user_pt_regs user_regs;
	__u64 orig_x0;
};
#endif

struct in6_addr {
	__u8 bytes[16];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
};

struct inet_sock {
	__be16 inet_sport;
};

struct unix_sock {
	struct path path;
	struct sock *peer;
};

struct socket {
	struct sock *sk;
};

struct sk_buff {
	struct sock *sk;
	unsigned char *head;
	__u16 network_header;
	__u16 transport_header;
};

struct net;

#pragma clang attribute pop

/* kernel/bpf/helpers.c: from 6.2 on, and for plain tracepoints from 6.12 on. */
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;

/* include/linux/sched.h, sched/signal.h and uapi/linux/sched.h */
#define PF_KTHREAD 0x00200000
#define TS_COMPAT 0x0002 /* arch/x86/include/asm/thread_info.h */
#define SIGNAL_GROUP_EXIT 0x00000004
#define CLONE_THREAD 0x00010000

/* From 6.13 the top bit of i_ctime_nsec says that somebody has looked (include/linux/fs.h). */
#define I_CTIME_QUERIED 0x80000000u

/* include/linux/fs.h: this open made the file. */
#define FMODE_READ 0x1u
#define FMODE_WRITE 0x2u
#define FMODE_PATH 0x4000u
#define FMODE_CREATED 0x100000u
#define FMODE_NOACCOUNT                                                                            \
	0x20000000u /* of the kernel itself, such as what an overlay opens below                   \
		     */
#define ATTR_MODE 1

/* include/linux/err.h */
#define MAX_ERRNO 4095

/* THREAD_SIZE of arch/x86/include/asm/page_64_types.h, without KASAN. */
#define KERNEL_STACK_SIZE 16384

/* uapi/linux/stat.h, fcntl.h and fs.h */
#define S_IFMT 0170000
#define S_IFIFO 0010000
#define S_IFDIR 0040000
#define S_IFSOCK 0140000
#define S_IFBLK 0060000
#define S_IFREG 0100000
#define S_IFLNK 0120000
#define S_IXUGO 0111
#define UTIME_NOW ((1l << 30) - 1l)
#define UTIME_OMIT ((1l << 30) - 2l)
#define AT_FDCWD -100
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
#define AT_EMPTY_PATH 0x1000
#define RENAME_EXCHANGE 2

/* uapi/linux/magic.h */
#define PROC_SUPER_MAGIC 0x9fa0
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define PID_FS_MAGIC 0x50494446

#endif
