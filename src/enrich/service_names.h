#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "src/base/file_stamp.h"

namespace pidigree {

// Names of ports from a services(5) file, which is read again when it has changed. Only the names
// and lines that are printable ASCII count, and of a port the first.
class ServiceNames {
 public:
  enum class Protocol : uint8_t { kTcp, kUdp };

  explicit ServiceNames(std::string path) : path_(std::move(path)) {}

  // Looks whether the file has changed. While it is missing or cannot be read, the names of before
  // count.
  void Refresh();

  // Empty if there is none. A view that lives until the next Refresh().
  std::string_view Find(Protocol protocol, uint16_t port) const;

 private:
  static uint32_t Key(Protocol protocol, uint16_t port) {
    return static_cast<uint32_t>(protocol) << 16 | port;
  }
  void Read(std::string_view content);

  const std::string path_;
  FileStamp stamp_;
  std::unordered_map<uint32_t, std::string> names_;
};

}  // namespace pidigree
