// SPDX-License-Identifier: GPL-2.0-only
/* The programs of process.bpf.c for kernels whose raw tracepoints can be preempted; see there. */

#define PLAIN_TRACEPOINTS 1
#include "bpf/process.bpf.c"
