#pragma once

#include <string_view>

#include "src/base/result.h"

namespace pidigree {

// Where lines go. One thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;

  // Writes all of `lines`: whole lines, each with its newline. After an error, which names the
  // sink, it is unknown how much was written, and the sink must not be used again.
  virtual Result<> Write(std::string_view lines) = 0;
};

}  // namespace pidigree
