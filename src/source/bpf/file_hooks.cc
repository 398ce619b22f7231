#include "src/source/bpf/file_hooks.h"

#include <file.skel.h>
#include <file_call.skel.h>
#include <written.skel.h>

namespace pidigree {
namespace {

template <typename ElfBytes>
std::span<const std::byte> Bytes(ElfBytes elf_bytes) {
  size_t size = 0;
  const void* const bytes = elf_bytes(&size);
  return {static_cast<const std::byte*>(bytes), size};
}

std::span<const std::byte> FileObject() { return Bytes(file_bpf__elf_bytes); }
std::span<const std::byte> FileCallObject() { return Bytes(file_call_bpf__elf_bytes); }
std::span<const std::byte> WrittenObject() { return Bytes(written_bpf__elf_bytes); }

// What exits of system calls do not see, beside what is named before that: the last members of a
// HookAlternative.
#define NOT_SEEN_BY_CALLS(before)                                                                \
  before "what 32-bit programs do (but see --compat-syscalls) or io_uring does", FileCallObject, \
      before "what io_uring does"

constexpr std::string_view kCall = "on_file_call";

// --- opening ------------------------------------------------------------------------------------

constexpr kernel_action kOpenActions[] = {ACTION_FILE_CREATED, ACTION_FILE_DEVICE_OPENED,
                                          ACTION_FILE_FIFO_OPENED};
constexpr HookProgram kOpenFunctions[] = {{"on_file_open"}, {"on_opened"}};
constexpr HookProgram kOpenCalls[] = {
    {kCall, "syscalls/sys_exit_open"},
    {kCall, "syscalls/sys_exit_openat"},
    {kCall, "syscalls/sys_exit_openat2"},
    {kCall, "syscalls/sys_exit_creat"},
};
constexpr HookAlternative kOpen[] = {{kOpenFunctions}, {kOpenCalls, NOT_SEEN_BY_CALLS("")}};

// --- names --------------------------------------------------------------------------------------

constexpr kernel_action kUnlinkActions[] = {ACTION_FILE_DELETED};
constexpr HookProgram kUnlinkFunctions[] = {{"on_path_unlink"}, {"on_unlinked"}};
constexpr HookProgram kUnlinkCalls[] = {
    {kCall, "syscalls/sys_exit_unlink"},
    {kCall, "syscalls/sys_exit_unlinkat"},
};
constexpr HookAlternative kUnlink[] = {{kUnlinkFunctions}, {kUnlinkCalls, NOT_SEEN_BY_CALLS("")}};

constexpr kernel_action kRenameActions[] = {ACTION_FILE_CREATED, ACTION_FILE_DELETED};
constexpr HookProgram kRenameFunctions[] = {{"on_path_rename"}, {"on_renamed"}};
constexpr HookProgram kRenameCalls[] = {
    {kCall, "syscalls/sys_exit_rename"},
    {kCall, "syscalls/sys_exit_renameat"},
    {kCall, "syscalls/sys_exit_renameat2"},
};
constexpr HookAlternative kRename[] = {
    {kRenameFunctions},
    {kRenameCalls,
     NOT_SEEN_BY_CALLS(
         "whether there was another file, now deleted (each is told as a FileCreate); ")}};

constexpr kernel_action kLinkActions[] = {ACTION_FILE_CREATED};
constexpr HookProgram kLinkFunctions[] = {
    {"on_path_link"}, {"on_linked"}, {"on_path_symlink"}, {"on_symlinked"}};
constexpr HookProgram kLinkCalls[] = {
    {kCall, "syscalls/sys_exit_link"},
    {kCall, "syscalls/sys_exit_linkat"},
    {kCall, "syscalls/sys_exit_symlink"},
    {kCall, "syscalls/sys_exit_symlinkat"},
};
constexpr HookAlternative kLink[] = {{kLinkFunctions}, {kLinkCalls, NOT_SEEN_BY_CALLS("")}};

constexpr kernel_action kNodeActions[] = {ACTION_FILE_CREATED, ACTION_FIFO_CREATED};
constexpr HookProgram kNodeFunctions[] = {{"on_path_mknod"}, {"on_mknod"}, {"on_created"}};
constexpr HookProgram kNodeCalls[] = {
    {kCall, "syscalls/sys_exit_mknod"},
    {kCall, "syscalls/sys_exit_mknodat"},
};
constexpr HookAlternative kNode[] = {
    {kNodeFunctions}, {kNodeCalls, NOT_SEEN_BY_CALLS("that binding a Unix socket makes a file; ")}};

// --- times and attributes -----------------------------------------------------------------------

constexpr kernel_action kTimeActions[] = {ACTION_FILE_TIMES_SET};
constexpr HookProgram kTimeFunctions[] = {{"on_utimes"}, {"on_times_set"}};
constexpr HookProgram kTimeCalls[] = {
    {kCall, "syscalls/sys_exit_utimensat"},
    {kCall, "syscalls/sys_exit_futimesat"},
    {kCall, "syscalls/sys_exit_utimes"},
    {kCall, "syscalls/sys_exit_utime"},
};
constexpr HookAlternative kTimes[] = {{kTimeFunctions},
                                      {kTimeCalls, NOT_SEEN_BY_CALLS("the time before; ")}};

constexpr kernel_action kAttributeActions[] = {ACTION_FILE_ATTRIBUTE_SET};
constexpr HookProgram kAttributeFunctions[] = {{"on_attribute_set"}};
constexpr HookProgram kAttributeCalls[] = {
    {kCall, "syscalls/sys_exit_setxattr"},
    {kCall, "syscalls/sys_exit_lsetxattr"},
    {kCall, "syscalls/sys_exit_fsetxattr"},
};
constexpr HookAlternative kAttributes[] = {{kAttributeFunctions},
                                           {kAttributeCalls, NOT_SEEN_BY_CALLS("setxattrat; ")}};

// --- executables --------------------------------------------------------------------------------

constexpr kernel_action kWriteActions[] = {ACTION_FILE_WRITTEN};
constexpr HookProgram kWriteFunctions[] = {{"on_open_to_write"}, {"on_last_close"}};
constexpr HookProgram kWriteCalls[] = {
    {"on_open_to_write_exit", "syscalls/sys_exit_open"},
    {"on_open_to_write_exit", "syscalls/sys_exit_openat"},
    {"on_open_to_write_exit", "syscalls/sys_exit_openat2"},
    {"on_open_to_write_exit", "syscalls/sys_exit_creat"},
    {"on_close_enter", "syscalls/sys_enter_close"},
};
constexpr HookAlternative kWrite[] = {
    {kWriteFunctions, {}, WrittenObject},
    {kWriteCalls,
     "files that are closed otherwise than by close(2), such as by the end of their process; what "
     "32-bit programs or io_uring do",
     WrittenObject}};

constexpr kernel_action kModeActions[] = {ACTION_FILE_MADE_EXECUTABLE};
constexpr HookProgram kModeFunctions[] = {{"on_path_chmod"}, {"on_changed"}};
constexpr HookProgram kModeCalls[] = {
    {kCall, "syscalls/sys_exit_chmod"},
    {kCall, "syscalls/sys_exit_fchmod"},
    {kCall, "syscalls/sys_exit_fchmodat"},
    {kCall, "syscalls/sys_exit_fchmodat2"},
};
constexpr HookAlternative kMode[] = {
    {kModeFunctions, {}, WrittenObject},
    {kModeCalls, NOT_SEEN_BY_CALLS("whether it was executable before; ")}};

constexpr Hook kHooks[] = {
    {"files opened", kOpenActions, kOpen},
    {"files unlinked", kUnlinkActions, kUnlink},
    {"files renamed", kRenameActions, kRename},
    {"files linked", kLinkActions, kLink},
    {"files made by mknod", kNodeActions, kNode},
    {"times set", kTimeActions, kTimes},
    {"extended attributes set", kAttributeActions, kAttributes},
    {"executables written", kWriteActions, kWrite},
    {"files made executable", kModeActions, kMode},
};

// --- 32-bit programs ----------------------------------------------------------------------------

constexpr HookProgram kCompatCalls[] = {{"on_compat_call"}};
constexpr HookAlternative kCompat[] = {{kCompatCalls, {}, FileCallObject}};

}  // namespace

constexpr HookGroup kFileHooks{FileObject,
                               kHooks,
#ifdef __x86_64__
                               {"files of 32-bit programs", {}, kCompat}
#endif
};

}  // namespace pidigree
