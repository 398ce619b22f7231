#include "src/base/seeded_hash.h"

#include <sys/random.h>

#include <cstdlib>

namespace pidigree {
namespace {

HashSecrets Draw() {
  HashSecrets secrets;
  // So few bytes come whole, once the kernel has any.
  if (getrandom(&secrets, sizeof secrets, 0) != sizeof secrets) std::abort();
  secrets.factor |= 1;
  return secrets;
}

}  // namespace

const HashSecrets kHashSecrets = Draw();

}  // namespace pidigree
