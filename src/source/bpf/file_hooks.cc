#include <file.skel.h>
#include <file_call.skel.h>
#include <written.skel.h>

#include <initializer_list>

#include "src/source/bpf/hook_group.h"

namespace pidigree {
namespace {

// Exits of system calls, which do not see what is said, beside what `also` says.
HookAlternative Calls(std::initializer_list<std::string_view> tracepoints,
                      const std::string& also = "") {
  HookAlternative calls = {
      {},
      also + "what 32-bit programs do (but see --compat-syscalls) or io_uring does",
      ObjectOf<file_call_bpf__elf_bytes>,
      also + "what io_uring does"};
  for (const std::string_view at : tracepoints) calls.programs.push_back({"on_file_call", at});
  return calls;
}

}  // namespace

HookGroup FileHooks() {
  const HookObject written = ObjectOf<written_bpf__elf_bytes>;
  return {
      ObjectOf<file_bpf__elf_bytes>,
      {
          {"files opened",
           {ACTION_FILE_CREATED, ACTION_FILE_DEVICE_OPENED, ACTION_FILE_FIFO_OPENED},
           {{{{"on_file_open"}, {"on_opened"}}},
            Calls({"syscalls/sys_exit_open", "syscalls/sys_exit_openat",
                   "syscalls/sys_exit_openat2", "syscalls/sys_exit_creat"})}},
          {"files unlinked",
           {ACTION_FILE_DELETED},
           {{{{"on_path_unlink"}, {"on_unlinked"}}},
            Calls({"syscalls/sys_exit_unlink", "syscalls/sys_exit_unlinkat"})}},
          {"files renamed",
           {ACTION_FILE_CREATED, ACTION_FILE_DELETED},
           {{{{"on_path_rename"}, {"on_renamed"}}},
            Calls({"syscalls/sys_exit_rename", "syscalls/sys_exit_renameat",
                   "syscalls/sys_exit_renameat2"},
                  "whether there was another file, now deleted (each is told as a FileCreate); ")}},
          {"files linked",
           {ACTION_FILE_CREATED},
           {{{{"on_path_link"}, {"on_linked"}, {"on_path_symlink"}, {"on_symlinked"}}},
            Calls({"syscalls/sys_exit_link", "syscalls/sys_exit_linkat",
                   "syscalls/sys_exit_symlink", "syscalls/sys_exit_symlinkat"})}},
          {"files made by mknod",
           {ACTION_FILE_CREATED, ACTION_FIFO_CREATED},
           {{{{"on_path_mknod"}, {"on_mknod"}, {"on_created"}}},
            Calls({"syscalls/sys_exit_mknod", "syscalls/sys_exit_mknodat"},
                  "that binding a Unix socket makes a file; ")}},
          {"times set",
           {ACTION_FILE_TIMES_SET},
           {{{{"on_utimes"}, {"on_times_set"}}},
            Calls({"syscalls/sys_exit_utimensat", "syscalls/sys_exit_futimesat",
                   "syscalls/sys_exit_utimes", "syscalls/sys_exit_utime"},
                  "the time before; ")}},
          {"extended attributes set",
           {ACTION_FILE_ATTRIBUTE_SET},
           {{{{"on_attribute_set"}}},
            Calls({"syscalls/sys_exit_setxattr", "syscalls/sys_exit_lsetxattr",
                   "syscalls/sys_exit_fsetxattr"},
                  "setxattrat; ")}},
          {"executables written",
           {ACTION_FILE_WRITTEN},
           {{{{"on_open_to_write"}, {"on_last_close"}}, {}, written},
            {{{"on_open_to_write_exit", "syscalls/sys_exit_open"},
              {"on_open_to_write_exit", "syscalls/sys_exit_openat"},
              {"on_open_to_write_exit", "syscalls/sys_exit_openat2"},
              {"on_open_to_write_exit", "syscalls/sys_exit_creat"},
              {"on_close_enter", "syscalls/sys_enter_close"}},
             "files that are closed otherwise than by close(2), such as by the end of their "
             "process; what 32-bit programs or io_uring do",
             written}}},
          {"files made executable",
           {ACTION_FILE_MADE_EXECUTABLE},
           {{{{"on_path_chmod"}, {"on_changed"}}, {}, written},
            Calls({"syscalls/sys_exit_chmod", "syscalls/sys_exit_fchmod",
                   "syscalls/sys_exit_fchmodat", "syscalls/sys_exit_fchmodat2"},
                  "whether it was executable before; ")}},
      },
#ifdef __x86_64__
      {"files of 32-bit programs",
       {},
       {{{{"on_compat_call"}}, {}, ObjectOf<file_call_bpf__elf_bytes>}}},
#endif
  };
}

}  // namespace pidigree
