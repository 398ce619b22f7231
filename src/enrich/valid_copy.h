#pragma once

#include <string_view>

#include "src/base/valid_text.h"
#include "src/event/record_batch.h"

namespace pidigree {

// `raw` as valid text that lives as long as the batch.
inline std::string_view ValidCopy(std::string_view raw, RecordBatch& batch) {
  if (IsPlainText(raw)) return batch.Copy(raw);
  char* const text = batch.Allocate(3 * raw.size());
  return {text, CopyValidText(raw, text)};
}

}  // namespace pidigree
