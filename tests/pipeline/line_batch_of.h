#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/pipeline/line_batch.h"
#include "tests/pipeline/loss_serializer.h"

namespace pidigree {

struct TestLine {
  uint16_t event;
  std::string text;
  int64_t second = 1;  // TimeCreated
};

// Lines "NUMBER TEXT", numbered from `first_id` on.
inline std::unique_ptr<LineBatch> LineBatchOf(const std::vector<TestLine>& lines,
                                              uint32_t first_id = 1) {
  auto batch = std::make_unique<LineBatch>();
  batch->first_id = first_id;
  batch->serializer = std::make_shared<LossSerializer>();
  for (const TestLine& line : lines) {
    batch->lines.bytes().Append(std::to_string(first_id++) + " " + line.text);
    batch->lines.EndLine();
    batch->of_lines.push_back({UtcTime::FromMilliseconds(line.second * 1000), 0, line.event});
    batch->events.set(line.event);
  }
  return batch;
}

}  // namespace pidigree
