#pragma once

#include <string_view>

#include "src/event/record_batch.h"
#include "src/lineage/process_description.h"

namespace pidigree {

// The records that tell of a process itself. Their texts are those of the description, not copied:
// HoldTexts() keeps them for the batch. A value that is not known is absent.

// What a ProcessCreate says beside who the process is.
struct Creation {
  UtcTime utc_time;                    // of the exec, the fork or the start
  UtcTime time_created;                // of what caused the record
  std::string_view computer;           // lives as long as the batch, likewise the next two
  std::string_view description = {};   // empty: an exec
  std::string_view command_line = {};  // whole, where the description's is cut; else empty
  Guid logon;
};

Record MakeProcessCreate(RecordBatch& batch, const ProcessDescription& process,
                         const Creation& creation);

// `time_created`: of what told that it ended.
Record MakeProcessTerminate(RecordBatch& batch, const ProcessDescription& process, UtcTime utc_time,
                            UtcTime time_created, std::string_view computer);

// A part of a text, if it has one.
Value TextValue(const SharedText* text, size_t part);

// Keeps all texts of `process` until `batch` is recycled.
void HoldTexts(const ProcessDescription& process, SharedTextPool& texts, RecordBatch& batch);

}  // namespace pidigree
