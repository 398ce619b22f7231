#include "src/sink/syslog_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/sink/line_buffer_of.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::MatchesRegex;
using testing::SizeIs;

// A log daemon: a datagram socket.
class Daemon {
 public:
  explicit Daemon(const std::string& path, int type = SOCK_DGRAM) : path_(path) {
    fd_ = UniqueFd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  }
  ~Daemon() { unlink(path_.c_str()); }

  int fd() const { return fd_.get(); }

  std::string Receive() {
    std::string datagram(65536, '\0');
    const ssize_t size = recv(fd_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
    datagram.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return datagram;
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

TEST(SyslogSink, SendsADatagramALineAsSyslogDoes) {
  const TempDir dir;
  Daemon daemon(dir.Path("log"));
  SyslogSink sink(dir.Path("log"), milliseconds(0));
  size_t written = 0;
  ASSERT_TRUE(
      WriteTo(sink, LineBufferOf({"<Event>1</Event>", "<Event>2</Event>"}), written).has_value());
  EXPECT_EQ(written, 2u);
  EXPECT_THAT(daemon.Receive(),
              MatchesRegex("<14>[A-Z][a-z][a-z] [ 123][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9] "
                           "sysmon: <Event>1</Event>"));
  EXPECT_THAT(daemon.Receive(), testing::EndsWith(" sysmon: <Event>2</Event>"));
}

TEST(SyslogSink, SaysThatNoDaemonIsThere) {
  const TempDir dir;
  SyslogSink sink(dir.Path("log"), milliseconds(0));
  size_t written = 7;
  const Result<> result = WriteTo(sink, LineBufferOf({"one"}), written);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(written, 0u);
  EXPECT_EQ(result.error().message,
            "connect to " + dir.Path("log") + ": No such file or directory");
}

TEST(SyslogSink, FindsADaemonThatCameBack) {
  const TempDir dir;
  size_t written = 0;
  SyslogSink sink(dir.Path("log"), milliseconds(0));
  {
    Daemon first(dir.Path("log"));
    ASSERT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  }
  EXPECT_FALSE(WriteTo(sink, LineBufferOf({"two"}), written).has_value());
  Daemon second(dir.Path("log"));
  ASSERT_TRUE(WriteTo(sink, LineBufferOf({"three"}), written).has_value());
  EXPECT_THAT(second.Receive(), testing::EndsWith(" sysmon: three"));
}

TEST(SyslogSink, WaitsForADaemonThatRestarts) {
  const TempDir dir;
  SyslogSink sink(dir.Path("log"), milliseconds(60'000));
  std::vector<std::unique_ptr<Daemon>> daemon;
  std::thread starter([&] { daemon.push_back(std::make_unique<Daemon>(dir.Path("log"))); });
  size_t written = 0;
  EXPECT_TRUE(WriteTo(sink, LineBufferOf({"one"}), written).has_value());
  starter.join();
  EXPECT_THAT(daemon[0]->Receive(), testing::EndsWith(" sysmon: one"));
}

TEST(SyslogSink, CountsWhatADaemonThatDoesNotReadTook) {
  const TempDir dir;
  Daemon daemon(dir.Path("log"));
  SyslogSink sink(dir.Path("log"), milliseconds(0));
  LineBuffer lines;
  for (int i = 0; i < 2000; ++i) {
    lines.bytes().Append(std::to_string(i));
    lines.EndLine();
  }
  size_t written = 0;
  ASSERT_FALSE(WriteTo(sink, lines, written).has_value());
  ASSERT_LT(written, 2000u);
  for (size_t i = 0; i < written; ++i)
    EXPECT_THAT(daemon.Receive(), testing::EndsWith(" sysmon: " + std::to_string(i)));
  EXPECT_EQ(daemon.Receive(), "");
}

// As one that takes 500 lines a second does.
TEST(SyslogSink, WaitsForADaemonAsLongAsItTakesSomething) {
  const TempDir dir;
  Daemon daemon(dir.Path("log"));
  SyslogSink sink(dir.Path("log"), milliseconds(200));
  LineBuffer lines;
  for (int i = 0; i < 600; ++i) {
    lines.bytes().Append(std::to_string(i));
    lines.EndLine();
  }
  std::vector<std::string> received;
  std::thread reader([&] {
    while (received.size() < 600) {
      std::string line = daemon.Receive();
      if (!line.empty()) received.push_back(std::move(line));
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  size_t next = 0;
  // A busy host may stop the reader for longer than the patience.
  while (!sink.Write(lines, next)) {
  }
  reader.join();
  EXPECT_EQ(next, 600u);
  for (size_t i = 0; i < received.size(); ++i)
    ASSERT_THAT(received[i], testing::EndsWith(" sysmon: " + std::to_string(i)));
}

// syslog-ng's unix-stream(): lines of a stream, whole however little the daemon takes at a time.
TEST(SyslogSink, WritesLinesToAStream) {
  const TempDir dir;
  Daemon daemon(dir.Path("log"), SOCK_STREAM);
  ASSERT_EQ(listen(daemon.fd(), 1), 0);
  SyslogSink sink(dir.Path("log"), milliseconds(0));
  ASSERT_TRUE(sink.Connect());
  const UniqueFd reader(accept(daemon.fd(), nullptr, nullptr));
  LineBuffer lines;
  for (int i = 0; i < 1000; ++i) {
    lines.bytes().Append(std::string(3000, 'x') + std::to_string(i));
    lines.EndLine();
  }
  std::string stream;
  size_t next = 0;
  while (next < lines.size()) {
    static_cast<void>(sink.Write(lines, next));
    char buffer[10'000];
    const ssize_t size = recv(reader.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0) stream.append(buffer, static_cast<size_t>(size));
  }
  for (char buffer[10'000];;) {
    const ssize_t size = recv(reader.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (size <= 0) break;
    stream.append(buffer, static_cast<size_t>(size));
  }
  std::istringstream text(stream);
  std::string line;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(std::getline(text, line));
    ASSERT_THAT(line, MatchesRegex("<14>.{15} sysmon: x+" + std::to_string(i)));
  }
  EXPECT_FALSE(std::getline(text, line));
}

TEST(SyslogSink, NamesALineThatNoDatagramHolds) {
  const TempDir dir;
  Daemon daemon(dir.Path("log"));
  SyslogSink sink(dir.Path("log"), milliseconds(0));
  size_t written = 0;
  const Result<> result = WriteTo(sink, LineBufferOf({"one", std::string(8 << 20, 'x')}), written);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kLimit);
  EXPECT_EQ(written, 1u);
}

TEST(SyslogHeader, IsThatOfSyslogInLocalTime) {
  setenv("TZ", "UTC", 1);
  tzset();
  SyslogHeader header;
  // date -ud @N
  EXPECT_EQ(header.At(1763917144), "<14>Nov 23 16:59:04 sysmon: ");
  EXPECT_EQ(header.At(1764979203), "<14>Dec  6 00:00:03 sysmon: ");
  EXPECT_EQ(header.At(0), "<14>Jan  1 00:00:00 sysmon: ");
}

}  // namespace
}  // namespace pidigree
