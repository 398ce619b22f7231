// SPDX-License-Identifier: GPL-2.0-only
/* Code that is loaded into the kernel: modules and BPF programs. */

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/actor.h"
#include "bpf/inode.h"
#include "bpf/kernel_types.h"
#include "bpf/maps.h"
#include "bpf/name.h"
#include "bpf/path.h"
#include "bpf/scratch.h"
#include "bpf/syscall.h"
#include "bpf/wire.h"

char LICENSE[] SEC("license") = "GPL";

/* --- modules ---------------------------------------------------------------------------------- */

/* The file that a thread loads a module from. finit_module(2) holds it until it returns. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, const struct file *);
} module_files SEC(".maps");

/* security/security.c: before the file is read. */
SEC("fentry/security_kernel_read_file")
int BPF_PROG(on_kernel_read_file, const struct file *file, enum kernel_read_file_id id)
{
	const __u64 thread = bpf_get_current_pid_tgid();

	if ((__u32)id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE))
		bpf_map_update_elem(&module_files, &thread, &file, BPF_ANY);
	return 0;
}

/* security/security.c: init_module(2) brings a module without a file. */
SEC("fentry/security_kernel_load_data")
int BPF_PROG(on_kernel_load_data)
{
	const __u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&module_files, &thread);
	return 0;
}

static __always_inline __u32 signature_of(const struct module *module)
{
	if (!bpf_core_field_exists(module->sig_ok))
		return WIRE_SIGNATURE_UNKNOWN;
	return BPF_CORE_READ(module, sig_ok) ? WIRE_SIGNATURE_VALID : WIRE_SIGNATURE_MISSING;
}

/* kernel/module: accepted; next its own code runs. */
SEC("raw_tp/module_load")
int on_module_load(struct bpf_raw_tracepoint_args *ctx)
{
	const struct module *module = (const void *)ctx->args[0];
	const __u64 thread = bpf_get_current_pid_tgid();
	const struct file **found = bpf_map_lookup_elem(&module_files, &thread);
	const struct file *file = found ? *found : 0;
	struct scratch *scratch = scratch_take();
	struct wire_module *out;
	__u64 size;

	if (!scratch)
		return 0;
	out = &scratch->module;
	out->header.kind = WIRE_MODULE;
	read_actor(&out->actor);
	bpf_probe_read_kernel(&out->name, sizeof(out->name), &module->name);
	out->signature = signature_of(module);
	if (file) {
		read_file(BPF_CORE_READ(file, f_inode), &out->file);
		append_path(scratch, __builtin_preserve_access_index(&file->f_path),
			    home_of_actor(), &out->path);
		bpf_map_delete_elem(&module_files, &thread);
	} else {
		__builtin_memset(&out->file, 0, sizeof(out->file));
		__builtin_memset(&out->path, 0, sizeof(out->path));
	}
	size = sizeof(*out) + scratch->text_size;
	if (size <= sizeof(*out) + WIRE_TEXT_MAX)
		send(&out->header, size);
	scratch_release(scratch);
	return 0;
}

/* --- BPF programs ----------------------------------------------------------------------------- */

static __always_inline void program_loaded(const struct bpf_prog *program)
{
	const struct bpf_prog_aux *aux = BPF_CORE_READ(program, aux);
	struct wire_bpf_program out;

	out.header.kind = WIRE_BPF_PROGRAM;
	read_actor(&out.actor);
	out.id = BPF_CORE_READ(aux, id);
	out.type = BPF_CORE_READ(program, type);
	BPF_CORE_READ_INTO(&out.name, aux, name);
	send(&out.header, sizeof(out));
}

/* kernel/events/core.c: called once for each program that is loaded, when it has its id. */
SEC("fentry/perf_event_bpf_event")
int BPF_PROG(on_bpf_program, const struct bpf_prog *program, enum perf_bpf_event_type type)
{
	if ((__u32)type == bpf_core_enum_value(enum perf_bpf_event_type, PERF_BPF_EVENT_PROG_LOAD))
		program_loaded(program);
	return 0;
}

/*
 * kernel/bpf/core.c: for kernels, such as 5.10, whose type information leaves out the function
 * above. Also called for parts of a program, which have no id.
 */
SEC("fentry/bpf_prog_kallsyms_add")
int BPF_PROG(on_bpf_symbol, const struct bpf_prog *program)
{
	if (BPF_CORE_READ(program, aux, id))
		program_loaded(program);
	return 0;
}

SEC("tp")
int on_bpf_exit(struct syscall_exit *ctx)
{
	const struct file *file;

	if (ctx->result < 0 || (__u32)SYSCALL_ARGUMENT(1) != BPF_PROG_LOAD)
		return 0;
	file = file_of_descriptor(ctx->result);
	/* Another thread may have put something else in the place of the descriptor. */
	if (file && HAS_NAME(file, "bpf-prog"))
		program_loaded(BPF_CORE_READ(file, private_data));
	return 0;
}
