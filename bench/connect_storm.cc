// usage: connect_storm COUNT
//
// Opens, accepts and resets that many TCP connections on loopback, one after the other, and prints
// the seconds that took. For compare_network.sh.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: connect_storm COUNT\n");
    return 2;
  }
  const long count = std::strtol(argv[1], nullptr, 10);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, plain, size) != 0 || listen(listener, 16) != 0 ||
      getsockname(listener, plain, &size) != 0)
    Fail("connect_storm: listen");
  // A connection that is reset keeps no port busy behind it.
  const linger reset{1, 0};
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < count; ++i) {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, plain, size) != 0) Fail("connect_storm: connect");
    const int server = accept(listener, nullptr, nullptr);
    if (server < 0) Fail("connect_storm: accept");
    if (setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0)
      Fail("connect_storm: linger");
    close(client);
    close(server);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%.6f\n", seconds.count());
  return 0;
}
