#include "tests/e2e/exec_log.h"

namespace pidigree {

std::string Exec(int64_t seconds, int serial, int pid, std::string_view program, int ppid) {
  const std::string stamp =
      "msg=audit(" + std::to_string(seconds) + ".000:" + std::to_string(serial) + "): ";
  const std::string exe = "\"/usr/bin/" + std::string(program) + "\"";
  return "type=SYSCALL " + stamp +
         "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=" +
         std::to_string(ppid) + " pid=" + std::to_string(pid) +
         " auid=0 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=3 "
         "comm=\"" +
         std::string(program) + "\" exe=" + exe + " key=(null)\n" + "type=EXECVE " + stamp +
         "argc=1 a0=" + exe + "\n" + "type=CWD " + stamp + "cwd=\"/\"\n";
}

std::string Execs(int count) {
  std::string log;
  for (int i = 0; i < count; ++i) log += Exec(kLogStart + i, 100 + i, 1000 + i, "prog");
  return log;
}

std::string Image(std::string_view program) {
  return "<Data Name=\"Image\">/usr/bin/" + std::string(program) + "</Data>";
}

}  // namespace pidigree
