#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/event/guid.h"
#include "src/lineage/process_description.h"

namespace pidigree {

// The live processes of a clean stop, for the next start: what cannot be learned from the kernel a
// second time.
struct SavedTable {
  static constexpr uint32_t kNoText = 0xffffffff;
  static constexpr size_t kParts = kCurrentDirectory + 1;
  using Text = std::array<std::string_view, kParts>;  // as ProgramPart; a user: the first

  struct Process {
    Guid guid;
    Guid parent_guid;
    uint64_t start_ns = 0;
    int64_t start_utc_ns = 0;
    uint32_t parent_pid = 0;
    uint32_t uid = 0xffffffff;
    uint32_t auid = 0xffffffff;
    uint32_t session = 0xffffffff;
    uint32_t program = kNoText;  // indexes into `texts`
    uint32_t user = kNoText;
    uint32_t parent_program = kNoText;
    uint32_t parent_user = kNoText;
    uint32_t mount_namespace = 0;
    bool offered = false;  // its ProcessCreate went to a filter

    bool operator==(const Process&) const = default;
  };

  uint32_t machine = 0;
  uint32_t boot = 0;
  std::vector<Text> texts;  // shared between processes
  std::vector<Process> processes;

  bool operator==(const SavedTable&) const = default;
};

// Little-endian numbers in the order of the members: a mark with the version of the format, the
// host, texts, processes, a checksum over all that.
std::string EncodeSavedTable(const SavedTable& table);

// What EncodeSavedTable() wrote; views `bytes`. All texts are valid text, all indexes have a text
// or are kNoText, all GUIDs of processes are of the table's host, and different.
//
// Errors: kUnsupported for another version of the format, kCorrupt for anything else that
// EncodeSavedTable() does not write.
Result<SavedTable> DecodeSavedTable(std::string_view bytes);

}  // namespace pidigree
