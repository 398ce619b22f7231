#pragma once

#include <functional>
#include <string>

#include "src/base/result.h"
#include "src/base/unique_fd.h"

namespace pidigree {

// Where a running agent answers `pidigree status`: a Unix stream socket (mode 0600) that gives
// everybody who connects one text and closes. Only root and the user of the agent are answered.
class StatusSocket {
 public:
  // Takes the place of a socket that nobody listens on any more.
  //
  // Errors: as bind(2) says; kUnsupported if somebody listens there.
  static Result<StatusSocket> Listen(const std::string& path);
  StatusSocket(StatusSocket&&) noexcept = default;
  StatusSocket& operator=(StatusSocket&&) noexcept = default;
  // Removes the socket.
  ~StatusSocket();

  // Readable when somebody asks.
  int fd() const { return listening_.get(); }

  // Answers one who asks, if there is one. Does not wait for a slow reader.
  void Answer(const std::function<std::string()>& text);

 private:
  StatusSocket(std::string path, UniqueFd listening)
      : path_(std::move(path)), listening_(std::move(listening)) {}

  std::string path_;
  UniqueFd listening_;
};

// The text of the agent that listens on `path`.
//
// Errors: kNotFound if no agent does; kPermission; kSystem, also if it did not answer in time.
Result<std::string> AskForStatus(const std::string& path);

}  // namespace pidigree
