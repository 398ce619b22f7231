#include "tests/agent/log_daemons.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "src/base/unique_fd.h"
#include "tests/agent/running_agent.h"

namespace pidigree {
namespace {

constexpr char kRsyslogd[] = "/usr/sbin/rsyslogd";
const std::string kNg = SYSLOG_NG_FOLDER;

// Whether somebody reads the Unix socket `path`.
bool IsRead(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return std::ranges::any_of(std::vector{SOCK_DGRAM, SOCK_STREAM}, [&](int type) {
    const UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  });
}

std::string Reading(const std::string& socket) {
  if (socket.empty()) return "";
  return "input(type=\"imuxsock\" Socket=\"" + socket +
         "\" CreatePath=\"on\" RateLimit.Interval=\"0\")\n";
}

std::string NgSource(const TempDir& dir, const std::string& folder, const std::string& name,
                     const std::string& type) {
  return "log { source { unix-" + type + "(\"" + dir.Path(name + ".socket") +
         "\"); };\n"
         "      destination { file(\"" +
         folder + "/" + name +
         "\" template(\"$PROGRAM $MSG\\n\") flush-lines(1)); };\n"
         "      flags(flow-control); };\n";
}

}  // namespace

void LogDaemon::Start() {
  ASSERT_EQ(access(command_[0].c_str(), X_OK), 0)
      << command_[0] << " is not here: packaging/install-packages.sh test brings rsyslogd, "
      << "tests/agent/fetch_syslog_ng.sh " << kNg << " syslog-ng";
  std::vector<char*> argv;
  for (const std::string& argument : command_) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("LD_LIBRARY_PATH", (kNg + "/usr/lib/syslog-ng").c_str(), 1);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  ASSERT_TRUE(Eventually([&] {
    return waitpid(pid_, nullptr, WNOHANG) != 0 || std::ranges::all_of(sockets_, IsRead);
  }));
  ASSERT_EQ(waitpid(pid_, nullptr, WNOHANG), 0) << command_[0] << " does not run";
}

void LogDaemon::Stop() {
  if (pid_ < 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void LogDaemon::Pause() {
  kill(pid_, SIGSTOP);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOWAIT), 0);
}

void LogDaemon::Continue() { kill(pid_, SIGCONT); }

// Without a queue, what it has taken and not written is little, and nothing is thrown away because
// there is no room for it.
Rsyslogd::Rsyslogd(const TempDir& dir, const std::string& name, const std::string& socket,
                   const std::string& config)
    : LogDaemon(
          {kRsyslogd, "-n", "-f",
           dir.Write(name + ".conf",
                     "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
                     "main_queue(queue.type=\"direct\")\n"
                     "template(name=\"plain\" type=\"string\" string=\"%programname%%msg%\\n\")\n"
                     "global(workDirectory=\"" +
                         dir.Path("") + "\")\n" + Reading(socket) + config),
           "-i", dir.Path(name + ".pid")},
          socket.empty() ? std::vector<std::string>() : std::vector{socket}) {}

std::string Rsyslogd::WriteTo(const std::string& path) {
  return "if $programname == 'sysmon' then action(type=\"omfile\" file=\"" + path +
         "\" template=\"plain\"\n"
         "  action.resumeRetryCount=\"-1\" action.resumeInterval=\"1\")\n";
}

SyslogNg::SyslogNg(const TempDir& dir, const std::string& folder)
    : LogDaemon({kNg + "/usr/sbin/syslog-ng", "-F", "--no-caps",
                 "--cfgfile=" + dir.Write("ng.conf",
                                          "@version: 3.38\n"
                                          "@module afsocket\n@module affile\n"
                                          "@module syslogformat\n@module basicfuncs\n"
                                          "options { stats_freq(0); time-reopen(1);"
                                          " log-msg-size(65536); log-fifo-size(100); };\n" +
                                              NgSource(dir, folder, "ng-dgram", "dgram") +
                                              NgSource(dir, folder, "ng-stream", "stream")),
                 "--persist-file=" + dir.Path("ng.persist"), "--pidfile=" + dir.Path("ng.pid"),
                 "--control=" + dir.Path("ng.control"),
                 "--module-path=" + kNg + "/usr/lib/syslog-ng/3.38"},
                {dir.Path("ng-dgram.socket"), dir.Path("ng-stream.socket")}) {}

}  // namespace pidigree
