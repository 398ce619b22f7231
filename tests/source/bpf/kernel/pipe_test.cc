// Named Unix sockets: who makes them, and who connects to them.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/source/bpf/kernel/network_test.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PipeTest : public NetworkTest {
 protected:
  PipeTest() { std::filesystem::permissions(dir_.Path(""), std::filesystem::perms(0755)); }

  EventSet Wanted() const override { return ProcessEvents().set(17).set(18); }

  // "created PATH" or "connected PATH", each by a descendant of the test.
  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    for (const PipeFact& event : recorder_->pipe_events()) {
      EXPECT_FALSE(event.path.cut);
      told.push_back((event.action == PipeAction::kCreated ? "created " : "connected ") +
                     std::string(event.path.text));
    }
    return told;
  }

  // For bodies.
  static std::pair<sockaddr_un, socklen_t> Address(std::string_view name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool has_end = !name.starts_with('\0');
    return {address,
            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + has_end)};
  }
  static bool TryBind(int fd, std::string_view name) {
    const auto [address, size] = Address(name);
    return bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0;
  }
  static bool TryConnect(int fd, std::string_view name) {
    const auto [address, size] = Address(name);
    return connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0;
  }
  static int Listener(int type, std::string_view name) {
    const int fd = Socket(AF_UNIX, type);
    Must(TryBind(fd, name) && (type == SOCK_DGRAM || listen(fd, 8) == 0));
    return fd;
  }

  const TempDir dir_;
};

class PipeOfType : public PipeTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Sockets, PipeOfType,
                         testing::Values(SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET),
                         [](const auto& test) {
                           return test.param == SOCK_STREAM  ? "Stream"
                                  : test.param == SOCK_DGRAM ? "Datagram"
                                                             : "Packets";
                         });

TEST_P(PipeOfType, IsCreatedAndConnectedTo) {
  const std::string path = dir_.Path("socket");
  Run([&] {
    Listener(GetParam(), path);
    InChild([&] { Must(TryConnect(Socket(AF_UNIX, GetParam()), path)); });
  });
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(Told(), ElementsAre("created " + path, "connected " + path));
  const auto events = recorder_->pipe_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].subject.process.tgid, TheChild());
  EXPECT_EQ(ForkOf(events[1].subject.process.tgid).subject.process.tgid, TheChild());
}

TEST_F(PipeTest, PathIsAbsoluteAndWithoutLinks) {
  std::filesystem::create_directory(dir_.Path("real"));
  std::filesystem::create_directory_symlink(dir_.Path("real"), dir_.Path("link"));
  Run([&] {
    Must(chdir(dir_.Path("link").c_str()) == 0);
    Listener(SOCK_STREAM, "../link/./socket");
    Must(TryConnect(Socket(AF_UNIX, SOCK_STREAM), "socket"));
  });
  EXPECT_EQ(status_, 0);
  const std::string path = dir_.Path("real/socket");
  EXPECT_THAT(Told(), ElementsAre("created " + path, "connected " + path));
}

TEST_F(PipeTest, UserIsTheOneOfThatMoment) {
  const std::string path = dir_.Path("socket");
  Run([&] {
    Listener(SOCK_STREAM, path);
    Must(chmod(path.c_str(), 0777) == 0 && setuid(65534) == 0);
    Must(TryConnect(Socket(AF_UNIX, SOCK_STREAM), path));
  });
  const auto events = recorder_->pipe_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].subject.ids.uid, 0u);
  EXPECT_EQ(events[1].subject.ids.uid, 65534u);
}

TEST_F(PipeTest, NothingWithoutAName) {
  RunInNetwork([] {
    using namespace std::literals;
    Listener(SOCK_STREAM, "\0abstract"sv);
    Must(TryConnect(Socket(AF_UNIX, SOCK_STREAM), "\0abstract"sv));
    std::array<int, 2> pair{};
    Must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
    Bind(Socket(AF_INET, SOCK_STREAM), AF_INET);
    Must(listen(Socket(AF_UNIX, SOCK_STREAM), 1) != 0);
  });
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(PipeTest, NothingOfWhatFails) {
  const std::string file = dir_.Write("file", "");
  const std::string unheard = dir_.Path("unheard");
  Run([&] {
    Must(!TryBind(Socket(AF_UNIX, SOCK_STREAM), file));
    Must(!TryConnect(Socket(AF_UNIX, SOCK_STREAM), file));
    Must(!TryConnect(Socket(AF_UNIX, SOCK_STREAM), dir_.Path("missing")));
    Must(TryBind(Socket(AF_UNIX, SOCK_STREAM), unheard));
    Must(!TryConnect(Socket(AF_UNIX, SOCK_STREAM), unheard));
  });
  EXPECT_EQ(status_, 0);
  EXPECT_THAT(Told(), ElementsAre("created " + unheard));
}

}  // namespace
}  // namespace pidigree
