/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef PIDIGREE_SCHEMA_KERNEL_ACTIONS_H
#define PIDIGREE_SCHEMA_KERNEL_ACTIONS_H

/*
 * What the kernel's side sees, and which events the agent makes of it, once. All others go by this
 * table: the programs of bpf/, which leave out what leads to unwanted events only; the tables of
 * hooks, which are attached for the events of what they see (src/source/bpf/hook_group.h); and
 * whoever makes records, which does not compile for an event that is missing here
 * (src/records/record_writer.h).
 *
 * Lives of processes (events 1 and 5) are not in it: fork, exec and exit are told for the sake of
 * every event.
 */

#include "schema/event_ids.h"

/* On the wire, where the record does not say which it is. Those of one record stand together. */
enum kernel_action {
  ACTION_EXECUTED = 1,

  ACTION_FILE_CREATED,
  ACTION_FILE_DELETED,
  ACTION_FILE_TIMES_SET,
  ACTION_FILE_ATTRIBUTE_SET, /* an extended one */
  ACTION_FILE_DEVICE_OPENED, /* a block device, for reading */
  ACTION_FILE_FIFO_OPENED,
  ACTION_FILE_WRITTEN,         /* and closed, and it starts as an executable does */
  ACTION_FILE_MADE_EXECUTABLE, /* by its mode */
  /* Told as ACTION_FILE_CREATED, with its mode or none. */
  ACTION_FIFO_CREATED,

  ACTION_CONNECTION_OPENED, /* of TCP */
  ACTION_CONNECTION_ACCEPTED,
  ACTION_DATAGRAM_EXCHANGED,

  ACTION_PIPE_CREATED, /* a Unix socket with a path */
  ACTION_PIPE_CONNECTED,

  ACTION_DNS_REPLIED,

  ACTION_ACCESS_ATTACH,      /* ptrace: PTRACE_ATTACH, PTRACE_SEIZE */
  ACTION_ACCESS_TRACE_ME,    /* ptrace: PTRACE_TRACEME; the actor is who traces from then on */
  ACTION_ACCESS_POKE,        /* ptrace: PTRACE_POKETEXT, PTRACE_POKEDATA; of a run, the first */
  ACTION_ACCESS_REGISTERS,   /* ptrace: PTRACE_SETREGS and kin, where they say what to run */
  ACTION_ACCESS_READ,        /* process_vm_readv */
  ACTION_ACCESS_WRITE,       /* process_vm_writev */
  ACTION_ACCESS_DESCRIPTOR,  /* pidfd_getfd */
  ACTION_ACCESS_MEMORY_FILE, /* /proc/PID/mem was opened */

  ACTION_IMAGE_MAPPED,   /* executable, by the process itself */
  ACTION_IMAGE_REPLACED, /* the file now stands for what the process runs, prctl(2) */

  ACTION_MODULE_LOADED,
  ACTION_BPF_PROGRAM_LOADED
};

/* A set of event_bit(), never empty; 0: there is no such action. */
PIDIGREE_CONSTEXPR unsigned int events_of_action(enum kernel_action action) {
  switch (action) {
    case ACTION_EXECUTED:
    case ACTION_IMAGE_REPLACED:
      return event_bit(EVENT_PROCESS_TAMPERING);
    case ACTION_FILE_CREATED:
      return event_bit(EVENT_FILE_CREATE);
    case ACTION_FIFO_CREATED:
      return event_bit(EVENT_FILE_CREATE) | event_bit(EVENT_PIPE_CREATED);
    case ACTION_FILE_DELETED:
      return event_bit(EVENT_FILE_DELETE) | event_bit(EVENT_FILE_DELETE_DETECTED);
    case ACTION_FILE_TIMES_SET:
      return event_bit(EVENT_FILE_CREATE_TIME);
    case ACTION_FILE_ATTRIBUTE_SET:
      return event_bit(EVENT_FILE_CREATE_STREAM_HASH);
    case ACTION_FILE_DEVICE_OPENED:
      return event_bit(EVENT_RAW_ACCESS_READ);
    case ACTION_FILE_WRITTEN:
    case ACTION_FILE_MADE_EXECUTABLE:
      return event_bit(EVENT_FILE_EXECUTABLE_DETECTED);
    case ACTION_CONNECTION_OPENED:
    case ACTION_CONNECTION_ACCEPTED:
    case ACTION_DATAGRAM_EXCHANGED:
      return event_bit(EVENT_NETWORK_CONNECT);
    case ACTION_PIPE_CREATED:
      return event_bit(EVENT_PIPE_CREATED);
    case ACTION_FILE_FIFO_OPENED:
    case ACTION_PIPE_CONNECTED:
      return event_bit(EVENT_PIPE_CONNECTED);
    case ACTION_DNS_REPLIED:
      return event_bit(EVENT_DNS_QUERY);
    case ACTION_ACCESS_POKE:
    case ACTION_ACCESS_REGISTERS:
      return event_bit(EVENT_CREATE_REMOTE_THREAD);
    case ACTION_ACCESS_ATTACH:
    case ACTION_ACCESS_TRACE_ME:
    case ACTION_ACCESS_READ:
    case ACTION_ACCESS_DESCRIPTOR:
      return event_bit(EVENT_PROCESS_ACCESS);
    case ACTION_ACCESS_WRITE:
    case ACTION_ACCESS_MEMORY_FILE:
      return event_bit(EVENT_PROCESS_ACCESS) | event_bit(EVENT_CREATE_REMOTE_THREAD);
    case ACTION_IMAGE_MAPPED:
      return event_bit(EVENT_IMAGE_LOAD);
    case ACTION_MODULE_LOADED:
      return event_bit(EVENT_DRIVER_LOAD);
    case ACTION_BPF_PROGRAM_LOADED:
      return event_bit(EVENT_EBPF);
  }
  return 0;
}

/*
 * What nobody may want if the action is to be left out for a process: its events; 0: it is told
 * always (docs/adr/0006-muting-in-the-kernel.md).
 */
PIDIGREE_CONSTEXPR unsigned int muting_events(enum kernel_action action) {
  switch (action) {
    /* Something is learned from them although no event is written. */
    case ACTION_EXECUTED:
    case ACTION_DATAGRAM_EXCHANGED:
    case ACTION_DNS_REPLIED:
    /* Which program the actor runs is not known there. */
    case ACTION_CONNECTION_OPENED:
    case ACTION_ACCESS_TRACE_ME:
    /* Rare. */
    case ACTION_IMAGE_REPLACED:
    case ACTION_MODULE_LOADED:
    case ACTION_BPF_PROGRAM_LOADED:
      return 0;
    case ACTION_FILE_CREATED:
    case ACTION_FILE_DELETED:
    case ACTION_FILE_TIMES_SET:
    case ACTION_FILE_ATTRIBUTE_SET:
    case ACTION_FILE_DEVICE_OPENED:
    case ACTION_FILE_FIFO_OPENED:
    case ACTION_FILE_WRITTEN:
    case ACTION_FILE_MADE_EXECUTABLE:
    case ACTION_FIFO_CREATED:
    case ACTION_CONNECTION_ACCEPTED:
    case ACTION_PIPE_CREATED:
    case ACTION_PIPE_CONNECTED:
    case ACTION_ACCESS_ATTACH:
    case ACTION_ACCESS_POKE:
    case ACTION_ACCESS_REGISTERS:
    case ACTION_ACCESS_READ:
    case ACTION_ACCESS_WRITE:
    case ACTION_ACCESS_DESCRIPTOR:
    case ACTION_ACCESS_MEMORY_FILE:
    case ACTION_IMAGE_MAPPED:
      return events_of_action(action);
  }
  return 0;
}

#endif
