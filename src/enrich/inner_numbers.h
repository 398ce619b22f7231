#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace pidigree {

// Numbers of inner PID namespaces beside those of the initial one. A process gets its number in
// each namespace at the same moment, so both rise together: a fork result can be the inner number
// of a process only if it stands among its neighbours as the outer number does.
class InnerNumbers {
 public:
  // A new namespace; never 0.
  uint32_t NewNamespace() { return ++last_; }

  // In `space` the process with outer number `outer` has the number `inner`.
  void Add(uint32_t space, uint32_t inner, uint32_t outer) {
    if (spaces_.empty()) spaces_.resize(kSpaces);
    Space& known = spaces_[space % kSpaces];
    if (known.id != space) known = {.id = space};
    known.pairs[known.next++ % kPairs] = {inner, outer};
  }

  // Whether `inner` is so far below the latest number of `space` that it must be another's.
  bool IsForeign(uint32_t space, uint32_t inner) const {
    if (spaces_.empty()) return false;
    const Space& known = spaces_[space % kSpaces];
    if (known.id != space || known.next == 0) return false;
    const uint32_t latest = known.pairs[(known.next - 1) % kPairs].inner;
    return inner < latest && latest - inner > kPairs;
  }

  // Whether `inner` can be the number of `outer` in `space`, by the latest ones known there.
  bool Fits(uint32_t space, uint32_t inner, uint32_t outer) const {
    if (spaces_.empty()) return true;
    const Space& known = spaces_[space % kSpaces];
    if (known.id != space) return true;
    for (const Pair& pair : known.pairs) {
      if (pair.outer == 0 || Far(pair.inner, inner) || Far(pair.outer, outer)) continue;
      if (pair.inner == inner || pair.outer == outer) return false;
      if ((pair.inner < inner) != (pair.outer < outer)) return false;
      // The outer counter moves at least as often as the inner one.
      const uint32_t inner_step = pair.inner < inner ? inner - pair.inner : pair.inner - inner;
      const uint32_t outer_step = pair.outer < outer ? outer - pair.outer : pair.outer - outer;
      if (inner_step > outer_step) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kSpaces = 1024;
  static constexpr size_t kPairs = 64;
  static constexpr uint32_t kFar = 4096;  // then a counter may have begun anew in between

  struct Pair {
    uint32_t inner = 0;
    uint32_t outer = 0;
  };
  struct Space {
    uint32_t id = 0;
    uint32_t next = 0;
    std::array<Pair, kPairs> pairs{};
  };

  static bool Far(uint32_t a, uint32_t b) { return (a < b ? b - a : a - b) > kFar; }

  std::vector<Space> spaces_;
  uint32_t last_ = 0;
};

}  // namespace pidigree
