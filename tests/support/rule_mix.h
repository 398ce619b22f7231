#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/support/plain_rules.h"
#include "tests/support/random.h"

namespace pidigree {

// A ProcessCreate configuration of `filters` filters with the mix of several hundred public ones:
// 36 % contains, 20 % is, 20 % end with, 11 % begin with, 7 % image, the rest spread over the
// others; one filter in eight stands in an "and" Rule; an exclude and an include block, both "or".
// A smaller configuration is the beginning of a larger one.
PlainConfiguration MixedRules(size_t filters);

// ProcessCreate events as a busy host has them: command lines with a median of 60 bytes, a 90th
// percentile of 300 and at most 4,096, made of the same tools, paths and words as MixedRules().
class MixedEvents {
 public:
  explicit MixedEvents(uint64_t seed) : random_(seed) {}

  // Events that no filter of `rules` matches.
  std::vector<PlainEvent> NoMatches(size_t count, const PlainConfiguration& rules);

  // Puts events that match one of `rules` in place of one in ten of `events`.
  void MatchTenth(std::vector<PlainEvent>& events, const PlainConfiguration& rules);

 private:
  PlainEvent Next();
  std::string CommandLine(const std::string& tool);

  Random random_;
};

}  // namespace pidigree
