#include "src/source/audit/syscall_table.h"

#include <array>
#include <cstddef>

namespace pidigree {
namespace {

struct Entry {
  uint16_t number;
  SyscallKind kind;
};

// arch/x86/entry/syscalls/syscall_64.tbl
constexpr Entry kX86_64[] = {
    {56, SyscallKind::kClone},         {57, SyscallKind::kFork},
    {58, SyscallKind::kFork},          {59, SyscallKind::kExec},
    {60, SyscallKind::kExit},          {61, SyscallKind::kWait},
    {62, SyscallKind::kSignal},        {129, SyscallKind::kSignal},
    {200, SyscallKind::kSignal},       {231, SyscallKind::kExitGroup},
    {234, SyscallKind::kSignalThread}, {272, SyscallKind::kUnshare},
    {297, SyscallKind::kSignalThread}, {308, SyscallKind::kSetns},
    {322, SyscallKind::kExec},         {424, SyscallKind::kSignal},
    {435, SyscallKind::kClone3},
};

// The same file, "x32": calls whose x32 form has a number of its own. The others are shared.
constexpr uint32_t kX32Bit = 0x40000000;
constexpr Entry kX32Only[] = {
    {520, SyscallKind::kExec},          // execve
    {524, SyscallKind::kSignal},        // rt_sigqueueinfo
    {536, SyscallKind::kSignalThread},  // rt_tgsigqueueinfo
    {545, SyscallKind::kExec},          // execveat
};

// arch/x86/entry/syscalls/syscall_32.tbl
constexpr Entry kI386[] = {
    {1, SyscallKind::kExit},        {2, SyscallKind::kFork},
    {7, SyscallKind::kWait},        {11, SyscallKind::kExec},
    {37, SyscallKind::kSignal},     {114, SyscallKind::kWait},
    {120, SyscallKind::kClone},     {178, SyscallKind::kSignal},
    {190, SyscallKind::kFork},      {238, SyscallKind::kSignal},
    {252, SyscallKind::kExitGroup}, {270, SyscallKind::kSignalThread},
    {310, SyscallKind::kUnshare},   {335, SyscallKind::kSignalThread},
    {346, SyscallKind::kSetns},     {358, SyscallKind::kExec},
    {424, SyscallKind::kSignal},    {435, SyscallKind::kClone3},
};

// include/uapi/asm-generic/unistd.h
constexpr Entry kAarch64[] = {
    {93, SyscallKind::kExit},    {94, SyscallKind::kExitGroup},
    {97, SyscallKind::kUnshare}, {129, SyscallKind::kSignal},
    {130, SyscallKind::kSignal}, {131, SyscallKind::kSignalThread},
    {138, SyscallKind::kSignal}, {220, SyscallKind::kClone},
    {221, SyscallKind::kExec},   {240, SyscallKind::kSignalThread},
    {260, SyscallKind::kWait},   {268, SyscallKind::kSetns},
    {281, SyscallKind::kExec},   {424, SyscallKind::kSignal},
    {435, SyscallKind::kClone3},
};

// Indexed by number, so that a look-up is one load.
using Table = std::array<SyscallKind, 552>;

template <size_t kSize>
constexpr Table MakeTable(const Entry (&entries)[kSize]) {
  Table table{};
  for (const Entry& entry : entries) table[entry.number] = entry.kind;
  return table;
}

constexpr Table MakeX32Table() {
  Table table = MakeTable(kX86_64);
  for (const size_t number : {59u, 129u, 297u, 322u}) table[number] = SyscallKind::kOther;
  for (const Entry& entry : kX32Only) table[entry.number] = entry.kind;
  return table;
}

constexpr Table kX86_64Table = MakeTable(kX86_64);
constexpr Table kX32Table = MakeX32Table();
constexpr Table kI386Table = MakeTable(kI386);
constexpr Table kAarch64Table = MakeTable(kAarch64);

SyscallKind Find(const Table& table, uint32_t number) {
  return number < table.size() ? table[number] : SyscallKind::kOther;
}

}  // namespace

bool IsKnownArch(uint32_t arch) {
  return arch == kArchX86_64 || arch == kArchI386 || arch == kArchAarch64;
}

SyscallKind FindSyscall(uint32_t arch, uint32_t number) {
  switch (arch) {
    case kArchX86_64:
      return (number & kX32Bit) != 0 ? Find(kX32Table, number & ~kX32Bit)
                                     : Find(kX86_64Table, number);
    case kArchI386:
      return Find(kI386Table, number);
    case kArchAarch64:
      return Find(kAarch64Table, number);
    default:
      return SyscallKind::kOther;
  }
}

}  // namespace pidigree
