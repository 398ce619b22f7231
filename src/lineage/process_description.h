#pragma once

#include <cstddef>
#include <cstdint>

#include "src/base/shared_text.h"
#include "src/event/guid.h"

namespace pidigree {

// What a process runs: the parts of a SharedText; but for the last, all of them valid text.
enum ProgramPart : size_t {
  kImage,
  kCommandLine,
  kCurrentDirectory,
  kExecutable,  // the bytes of its FileIdentity, or nothing
};

// What records say of a process. Texts are references (null: not known) owned by whoever holds the
// description.
struct ProcessDescription {
  Guid guid;
  Guid parent_guid;
  SharedText* program = nullptr;         // see ProgramPart
  SharedText* user = nullptr;            // part 0: name of `uid`
  SharedText* parent_program = nullptr;  // of the parent at the fork
  SharedText* parent_user = nullptr;

  uint32_t pid = 0;
  uint32_t parent_pid = 0;  // the process that called fork
  uint32_t uid = 0xffffffff;
  uint32_t auid = 0xffffffff;
  uint32_t session = 0xffffffff;
  uint32_t logon_boot = 0;  // B of its LogonGuid
};

}  // namespace pidigree
