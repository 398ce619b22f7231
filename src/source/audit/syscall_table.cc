#include "src/source/audit/syscall_table.h"

#include <array>
#include <cstddef>

#include "src/source/audit/syscall_numbers.h"

namespace pidigree {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;

// Indexed by number, so that a look-up is one load.
using Table = std::array<SyscallKind, 552>;

template <size_t kSize>
constexpr Table MakeTable(const syscall_numbers::SyscallNumber (&entries)[kSize]) {
  Table table{};
  for (const auto& entry : entries) table[entry.number] = entry.kind;
  return table;
}

constexpr Table kX86_64Table = MakeTable(syscall_numbers::kX86_64);
constexpr Table kX32Table = MakeTable(syscall_numbers::kX32);
constexpr Table kI386Table = MakeTable(syscall_numbers::kI386);
constexpr Table kGenericTable = MakeTable(syscall_numbers::kGeneric);
constexpr Table kArmTable = MakeTable(syscall_numbers::kArm);
constexpr Table kPowerpc64Table = MakeTable(syscall_numbers::kPowerpc64);
constexpr Table kS390xTable = MakeTable(syscall_numbers::kS390x);

// Null: there is none.
const Table* TableOf(uint32_t arch) {
  switch (arch) {
    case kArchX86_64:
      return &kX86_64Table;
    case kArchI386:
      return &kI386Table;
    case kArchAarch64:
    case kArchRiscv64:
      return &kGenericTable;
    case kArchArm:
      return &kArmTable;
    case kArchPpc64le:
      return &kPowerpc64Table;
    case kArchS390x:
      return &kS390xTable;
    default:
      return nullptr;
  }
}

}  // namespace

bool IsKnownArch(uint32_t arch) { return TableOf(arch) != nullptr; }

SyscallKind FindSyscall(uint32_t arch, uint32_t number) {
  const Table* table = TableOf(arch);
  if (table == nullptr) return SyscallKind::kOther;
  if (table == &kX86_64Table && (number & kX32Bit) != 0) {
    table = &kX32Table;
    number &= ~kX32Bit;
  }
  return number < table->size() ? (*table)[number] : SyscallKind::kOther;
}

}  // namespace pidigree
