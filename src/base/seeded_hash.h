#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace pidigree {

// Hashes of keys that strangers choose: the numbers and names of a log, what a program does. With a
// fixed hash they can choose keys that all stand in one place of a table, and each look-up walks
// through all of them.
//
// These depend on two numbers that each process draws at random. A word is xor-ed to the state,
// that is multiplied by an odd secret factor, and the upper half of the 128 bits is xor-ed to the
// lower one: which keys then agree in some bits depends on all bits of both secrets. It is no
// cryptographic hash, and holds against who can neither see hashes nor what follows from them. So
// nothing that comes out may depend on them: no order of what is told, no choice of what is
// forgotten where the same input has to give the same output.
//
// Source: the folded multiplication of wyhash and foldhash.
struct HashSecrets {
  uint64_t start;
  uint64_t factor;  // odd
};
extern const HashSecrets kHashSecrets;

// All bits are good, and the lowest are best. `state` is that of the words before.
inline uint64_t SeededHash(uint64_t word, uint64_t state = kHashSecrets.start) {
  __extension__ typedef unsigned __int128 Uint128;
  const Uint128 product = Uint128{state ^ word} * kHashSecrets.factor;
  const uint64_t folded = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  // Numbers in a row are evenly spaced still, and for one factor in a hundred they crowd together:
  // not so in the middle of another product.
  return std::rotl(folded * 0x9e3779b97f4a7c15, 32);
}

inline uint64_t SeededHash(std::string_view bytes) {
  uint64_t state = SeededHash(bytes.size());
  uint64_t word = 0;
  for (; bytes.size() > sizeof word; bytes.remove_prefix(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    state = SeededHash(word, state);
  }
  word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return SeededHash(word, state);
}

// For the containers of the standard library: of texts, and of whatever is equal if its bytes are.
struct SeededHasher {
  using is_transparent = void;

  size_t operator()(std::string_view text) const { return SeededHash(text); }

  template <typename Key>
  requires(std::has_unique_object_representations_v<Key> &&
           !std::is_convertible_v<const Key&, std::string_view>) size_t
  operator()(const Key& key) const {
    return SeededHash(std::string_view(reinterpret_cast<const char*>(&key), sizeof key));
  }
};

}  // namespace pidigree
