/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef PIDIGREE_BPF_WIRE_H
#define PIDIGREE_BPF_WIRE_H

/*
 * The bytes that cross from the kernel to the agent, in the byte order of the machine. C11 for the
 * BPF programs and C++20 for the decoder.
 *
 * Tasks come through an iterator, all others through the ring buffer. Text follows the structure of
 * its record without a gap, in the order in which the structure gives its sizes.
 */

#include <linux/types.h>

#include "schema/kernel_actions.h"

#ifdef __cplusplus
#define WIRE_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes))
#else
#define WIRE_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif

enum wire_kind {
	WIRE_FORK = 1,
	WIRE_EXEC,
	WIRE_EXIT,
	WIRE_TASK, /* an answer of the iterator */
	WIRE_FILE_EVENT,
	WIRE_FLOW,
	WIRE_PIPE,
	WIRE_DNS,
	WIRE_ACCESS,
	WIRE_IMAGE,
	WIRE_MODULE,
	WIRE_BPF_PROGRAM,
};

enum wire_limit {
	WIRE_PATH_MAX = 4096, /* bytes of one path */
	WIRE_ARGUMENTS_MAX = 128 * 1024,
	WIRE_COMM_SIZE = 16,
	WIRE_DNS_MAX = 8192, /* bytes of a reply in one record; a power of two */
	WIRE_MODULE_NAME_SIZE = 56,
	WIRE_BPF_NAME_SIZE = 16,
	WIRE_ATTRIBUTE_NAME_MAX = 256, /* of an extended attribute, with its NUL */
	WIRE_ATTRIBUTE_MAX = 64 * 1024,
	/* Of all text of a record, with room for one component of a path too many. */
	WIRE_TEXT_MAX = 4 * WIRE_PATH_MAX + WIRE_ARGUMENTS_MAX,
	WIRE_WAKE_BYTES = 64 * 1024, /* as many new ones wake the agent; a power of two */
};

struct wire_header {
	__u32 kind;    /* enum wire_kind */
	__u32 size;    /* whole record in bytes, this header included */
	__u64 time_ns; /* CLOCK_BOOTTIME, just before the record took its place in the ring */
};
WIRE_ASSERT_SIZE(struct wire_header, 16);

/* Both 0: the idle task, or unknown. */
struct wire_process {
	__u64 start_ns; /* CLOCK_BOOTTIME of the thread-group leader's start */
	__u64 tgid;	/* in the initial PID namespace */
};
WIRE_ASSERT_SIZE(struct wire_process, 16);

/* The process that a record is about. Unset ids are 4294967295. */
struct wire_subject {
	struct wire_process process;
	struct wire_process parent; /* fork: who called it; else real_parent */
	__u64 cgroup;		    /* id in the unified hierarchy */
	__u32 mount_ns;
	__u32 pid_ns;
	__u32 uid; /* real; ids are those of the initial user namespace */
	__u32 euid;
	__u32 auid;
	__u32 session;
	char comm[WIRE_COMM_SIZE];
};
WIRE_ASSERT_SIZE(struct wire_subject, 80);

enum wire_path_flags {
	WIRE_PATH_PRESENT = 1,
	WIRE_PATH_UNLINKED = 2,
	WIRE_PATH_CUT = 4,     /* the leading components are missing */
	WIRE_PATH_PSEUDO = 8,  /* one component in no directory, such as "memfd:NAME" */
	WIRE_PATH_FOREIGN = 16 /* on a mount that the process's mount namespace does not hold */
};

/* Text: the components from the last to the first, each ended by a NUL. Of "/": none. */
struct wire_path {
	__u32 size;
	__u32 flags; /* enum wire_path_flags; 0: no path, and size 0 */
};
WIRE_ASSERT_SIZE(struct wire_path, 8);

struct wire_file {
	__u64 device; /* s_dev, as the kernel encodes it */
	__u64 inode;
	__u64 size;
	__s64 mtime_ns; /* since 1970, UTC */
	__s64 ctime_ns;
	__u64 links;
};
WIRE_ASSERT_SIZE(struct wire_file, 48);

enum wire_process_flags {
	WIRE_KERNEL_THREAD = 1,
	WIRE_TRACED = 2,
	WIRE_ARGUMENTS_CUT = 4,
};

struct wire_fork {
	struct wire_header header;
	struct wire_subject subject; /* the child; comm is the parent's, too */
	struct wire_process creator; /* real_parent of the parent */
	__u64 flags;		     /* enum wire_process_flags */
	struct wire_path image;
};
WIRE_ASSERT_SIZE(struct wire_fork, 128);

struct wire_exec {
	struct wire_header header;
	struct wire_subject subject;
	struct wire_file executable;
	__u32 tty;   /* tty_nr of proc(5) */
	__u32 flags; /* enum wire_process_flags */
	struct wire_path image;
	struct wire_path cwd;
	__u64 arguments_size; /* argv, each ended by a NUL */
};
WIRE_ASSERT_SIZE(struct wire_exec, 176);

struct wire_exit {
	struct wire_header header;
	struct wire_process process;
	__s32 exit_code; /* as wait(2) reports it */
	__u32 uid;
	char comm[WIRE_COMM_SIZE];
};
WIRE_ASSERT_SIZE(struct wire_exit, 56);

struct wire_task {
	struct wire_header header;
	struct wire_subject subject;
	__u64 flags; /* enum wire_process_flags */
};
WIRE_ASSERT_SIZE(struct wire_task, 104);

/* Who did what a record tells; such records begin with their header and this. */
struct wire_actor {
	struct wire_process process;
	__u32 uid; /* real, in the initial user namespace */
	__u32 mount_ns;
	__u64 program; /* grows with each exec of the process; 0: not known */
};
WIRE_ASSERT_SIZE(struct wire_actor, 32);

/*
 * What a process does and nobody wants to know while it runs that program in that mount namespace:
 * the value of a map by struct wire_process, which the agent fills.
 */
struct wire_mute {
	__u64 program;
	__u32 mount_ns;
	__u32 events; /* a set of event_bit() */
};
WIRE_ASSERT_SIZE(struct wire_mute, 16);

/* What the agent asks for where it does not fill that map itself. */
struct wire_mute_change {
	struct wire_process process;
	struct wire_mute mute; /* without events: none */
};
WIRE_ASSERT_SIZE(struct wire_mute_change, 32);

enum wire_file_flags {
	WIRE_FILE_FOLLOWED = 1,	    /* the name may be that of a symbolic link to the file */
	WIRE_FILE_VALUE_UNREAD = 2, /* of the attribute */
	WIRE_FILE_STARTS_AS_EXECUTABLE = 4, /* the one that is deleted; neither: not known */
	WIRE_FILE_STARTS_OTHERWISE = 8,
};

struct wire_file_event {
	struct wire_header header;
	struct wire_actor actor;
	struct wire_file file; /* before it happened; all 0: not known */
	__s64 file_time_ns; /* since 1970, UTC: its birth, or the mtime that was set; 0: not known
			     */
	__u32 action;	    /* enum kernel_action: ACTION_FILE_... */
	__u32 mode;	    /* st_mode; 0: not known */
	struct wire_path path; /* with a name: where the name begins */
	__u32 name_size;       /* what the process called the file; 0: `path` is the file */
	__u32 flags;	       /* enum wire_file_flags */
	__u32 attribute_size;  /* its name */
	__u32 value_size;      /* of the attribute */
};
WIRE_ASSERT_SIZE(struct wire_file_event, 136);

enum wire_flow_flags {
	WIRE_FLOW_UDP = 1,
	WIRE_FLOW_INBOUND = 2, /* the remote end began */
};

/* A TCP connection was established or accepted, or datagrams were exchanged. */
struct wire_flow {
	struct wire_header header;
	struct wire_actor actor;
	__u64 previous_ns; /* UDP: when the actor exchanged the last one before; 0: not known */
	__u8 local[16];	   /* IPv6, or IPv4 mapped to it */
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port;
	__u32 flags; /* enum wire_flow_flags */
};
WIRE_ASSERT_SIZE(struct wire_flow, 96);

/* Something with a name that processes speak through. */
struct wire_pipe {
	struct wire_header header;
	struct wire_actor actor;
	__u64 action; /* enum kernel_action: ACTION_PIPE_... */
	struct wire_path path;
};
WIRE_ASSERT_SIZE(struct wire_pipe, 64);

enum wire_dns_flags {
	WIRE_DNS_STREAM = 1, /* TCP: a part of what comes over the socket */
	WIRE_DNS_BEGIN = 2,  /* ... no bytes, but where they will begin */
	WIRE_DNS_END = 4,    /* ... no bytes any more */
};

/* What a DNS server sent to whoever asked. The bytes follow. */
struct wire_dns {
	struct wire_header header;
	struct wire_actor actor;
	__u64 socket;	/* distinguishes it from all others */
	__u32 sequence; /* of the first byte in the stream */
	__u32 flags;	/* enum wire_dns_flags */
};
WIRE_ASSERT_SIZE(struct wire_dns, 64);

enum wire_access_flags {
	WIRE_ACCESS_ADDRESS = 1,  /* `address` is known */
	WIRE_ACCESS_READABLE = 2, /* memory file: opened for reading */
	WIRE_ACCESS_WRITABLE = 4, /* memory file: opened for writing */
};

/* A process got at another one. */
struct wire_access {
	struct wire_header header;
	struct wire_actor actor;
	struct wire_process target;
	__u32 actor_tid;
	__u32 target_tid;
	__u32 target_uid; /* real */
	__u32 action;	  /* enum kernel_action: ACTION_ACCESS_... */
	__u64 flags;	  /* enum wire_access_flags */
	__u64 address;	  /* of the target: where memory was written, or where it goes on */
};
WIRE_ASSERT_SIZE(struct wire_access, 96);

struct wire_image {
	struct wire_header header;
	struct wire_actor actor;
	struct wire_file file;
	__u64 action; /* enum kernel_action: ACTION_IMAGE_... */
	struct wire_path path;
};
WIRE_ASSERT_SIZE(struct wire_image, 112);

enum wire_module_signature {
	WIRE_SIGNATURE_UNKNOWN, /* the kernel does not look */
	WIRE_SIGNATURE_MISSING, /* or not valid */
	WIRE_SIGNATURE_VALID,
};

/* A module of the kernel is about to run. */
struct wire_module {
	struct wire_header header;
	struct wire_actor actor;
	struct wire_file file; /* all 0: from memory, init_module(2) */
	char name[WIRE_MODULE_NAME_SIZE];
	__u64 signature; /* enum wire_module_signature */
	struct wire_path path;
};
WIRE_ASSERT_SIZE(struct wire_module, 168);

struct wire_bpf_program {
	struct wire_header header;
	struct wire_actor actor;
	__u32 id;
	__u32 type; /* enum bpf_prog_type */
	char name[WIRE_BPF_NAME_SIZE];
};
WIRE_ASSERT_SIZE(struct wire_bpf_program, 72);

/* No record is larger. */
#define WIRE_RECORD_MAX (sizeof(struct wire_exec) + WIRE_TEXT_MAX)

/*
 * Records that did not get out, by cause; one for each CPU. Programs add to them atomically: others
 * may come in between on the same CPU.
 */
struct wire_losses {
	__u64 ring_full;
	__u64 scratch_busy;
	__u64 name_unread;   /* the memory that held the name of a file is gone */
	__u64 start_unread;  /* the start of a written file is not in memory any more */
	__u64 owner_unknown; /* nobody knows who opened a connection */
	__u64 target_gone;   /* a process that was got at ended before the call returned */

	/* Not lost, but only counted. */
	__u64 connects_failed;
	__u64 replies_unasked; /* of DNS servers */
	__u64 muted;	       /* struct wire_mute */

	__u64 unused[7]; /* no CPU writes to the cache lines of another */
};
WIRE_ASSERT_SIZE(struct wire_losses, 128);

#endif
