/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PIDIGREE_BPF_SYSCALL_NUMBERS_H
#define PIDIGREE_BPF_SYSCALL_NUMBERS_H

#include <asm/unistd.h>

/* System calls that do something to files, by the form of their arguments. */
enum call {
	CALL_NONE,
	CALL_OPEN, /* whatever returns the descriptor of a file */
	CALL_UNLINK,
	CALL_UNLINKAT,
	CALL_RENAME,
	CALL_RENAMEAT,
	CALL_RENAMEAT2,
	CALL_LINK,
	CALL_LINKAT,
	CALL_SYMLINK,
	CALL_SYMLINKAT,
	CALL_MKNOD,
	CALL_MKNODAT,
	CALL_UTIMENSAT,
	CALL_FUTIMESAT,
	CALL_UTIMES,
	CALL_UTIME,
	CALL_SETXATTR,
	CALL_LSETXATTR,
	CALL_FSETXATTR,
	CALL_CHMOD,
	CALL_FCHMOD,
	CALL_FCHMODAT, /* and fchmodat2 */
};

/* One number on every architecture, and newer than some headers. */
#define NR_OPENAT2 437
#define NR_FCHMODAT2 452

static __always_inline enum call native_call(int number)
{
	switch (number) {
#ifdef __NR_open /* else the architecture has none of the calls without "at" */
	case __NR_open:
	case __NR_creat:
		return CALL_OPEN;
	case __NR_unlink:
		return CALL_UNLINK;
	case __NR_rename:
		return CALL_RENAME;
	case __NR_link:
		return CALL_LINK;
	case __NR_symlink:
		return CALL_SYMLINK;
	case __NR_mknod:
		return CALL_MKNOD;
	case __NR_futimesat:
		return CALL_FUTIMESAT;
	case __NR_utimes:
		return CALL_UTIMES;
	case __NR_utime:
		return CALL_UTIME;
	case __NR_chmod:
		return CALL_CHMOD;
#endif
#ifdef __NR_renameat
	case __NR_renameat:
		return CALL_RENAMEAT;
#endif
	case __NR_openat:
	case NR_OPENAT2:
		return CALL_OPEN;
	case __NR_unlinkat:
		return CALL_UNLINKAT;
	case __NR_renameat2:
		return CALL_RENAMEAT2;
	case __NR_linkat:
		return CALL_LINKAT;
	case __NR_symlinkat:
		return CALL_SYMLINKAT;
	case __NR_mknodat:
		return CALL_MKNODAT;
	case __NR_utimensat:
		return CALL_UTIMENSAT;
	case __NR_setxattr:
		return CALL_SETXATTR;
	case __NR_lsetxattr:
		return CALL_LSETXATTR;
	case __NR_fsetxattr:
		return CALL_FSETXATTR;
	case __NR_fchmod:
		return CALL_FCHMOD;
	case __NR_fchmodat:
	case NR_FCHMODAT2:
		return CALL_FCHMODAT;
	}
	return CALL_NONE;
}

/*
 * arch/x86/entry/syscalls/syscall_32.tbl. Calls that take times in the 32-bit form are not among
 * them; programs of today use utimensat_time64.
 */
static __always_inline enum call i386_call(int number)
{
	switch (number) {
	case 5:	  /* open */
	case 8:	  /* creat */
	case 295: /* openat */
	case NR_OPENAT2:
		return CALL_OPEN;
	case 10:
		return CALL_UNLINK;
	case 301:
		return CALL_UNLINKAT;
	case 38:
		return CALL_RENAME;
	case 302:
		return CALL_RENAMEAT;
	case 353:
		return CALL_RENAMEAT2;
	case 9:
		return CALL_LINK;
	case 303:
		return CALL_LINKAT;
	case 83:
		return CALL_SYMLINK;
	case 304:
		return CALL_SYMLINKAT;
	case 14:
		return CALL_MKNOD;
	case 297:
		return CALL_MKNODAT;
	case 412: /* utimensat_time64 */
		return CALL_UTIMENSAT;
	case 226:
		return CALL_SETXATTR;
	case 227:
		return CALL_LSETXATTR;
	case 228:
		return CALL_FSETXATTR;
	case 15:
		return CALL_CHMOD;
	case 94:
		return CALL_FCHMOD;
	case 306:
	case NR_FCHMODAT2:
		return CALL_FCHMODAT;
	}
	return CALL_NONE;
}

#endif
