/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
#ifndef PIDIGREE_SCHEMA_EVENT_IDS_H
#define PIDIGREE_SCHEMA_EVENT_IDS_H

/*
 * The numbers of the events, once: C11 for the programs of bpf/ and C++20. What an event is stands
 * in schema/events.h.
 */

/* <EventID> */
enum event_id {
  EVENT_PROCESS_CREATE = 1,
  EVENT_FILE_CREATE_TIME,
  EVENT_NETWORK_CONNECT,
  EVENT_SERVICE_STATE_CHANGE,
  EVENT_PROCESS_TERMINATE,
  EVENT_DRIVER_LOAD,
  EVENT_IMAGE_LOAD,
  EVENT_CREATE_REMOTE_THREAD,
  EVENT_RAW_ACCESS_READ,
  EVENT_PROCESS_ACCESS,
  EVENT_FILE_CREATE,
  EVENT_REGISTRY_ADD_DELETE,
  EVENT_REGISTRY_VALUE_SET,
  EVENT_REGISTRY_RENAME,
  EVENT_FILE_CREATE_STREAM_HASH,
  EVENT_CONFIG_STATE_CHANGE,
  EVENT_PIPE_CREATED,
  EVENT_PIPE_CONNECTED,
  EVENT_WMI_FILTER,
  EVENT_WMI_CONSUMER,
  EVENT_WMI_BINDING,
  EVENT_DNS_QUERY,
  EVENT_FILE_DELETE,
  EVENT_CLIPBOARD_CHANGE,
  EVENT_PROCESS_TAMPERING,
  EVENT_FILE_DELETE_DETECTED,
  EVENT_FILE_BLOCK_EXECUTABLE,
  EVENT_FILE_BLOCK_SHREDDING,
  EVENT_FILE_EXECUTABLE_DETECTED,
  EVENT_EBPF = 100,
  EVENT_ERROR_REPORT = 255
};

#ifdef __cplusplus
#define PIDIGREE_CONSTEXPR constexpr
#else
#define PIDIGREE_CONSTEXPR static inline __attribute__((always_inline))
#endif

/* The bit that stands for an event in a set of them, which fits one word; 0: there is no such
 * event. */
PIDIGREE_CONSTEXPR unsigned int event_bit(unsigned int id) {
  if (id == EVENT_EBPF) return 1u << 30;
  if (id == EVENT_ERROR_REPORT) return 1u << 31;
  return id >= EVENT_PROCESS_CREATE && id <= EVENT_FILE_EXECUTABLE_DETECTED ? 1u << id : 0;
}

#endif
