#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace pidigree {

enum class ErrorCode : uint8_t {
  kUsage,        // the caller asked for something that makes no sense
  kNotFound,     // the named thing does not exist
  kPermission,   // it exists and may not be used
  kCorrupt,      // bytes that do not follow their format
  kUnsupported,  // a valid request that this build, kernel or format cannot serve
  kLimit,        // a stated bound would be exceeded
  kSystem,       // a system call failed; the message holds strerror(3)
  kGone,         // who would take it has left for good
};

// What was tried, on what, and what came back: one line, no trailing full stop.
struct Error {
  ErrorCode code;
  std::string message;
};

// The outcome of anything the outside can make fail. Only this header names the library behind it.
template <typename T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Passes on what something else returned.
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// Fail(kSystem) with the text of `error_number` (an errno value) after `what`.
tl::unexpected<Error> FailErrno(int error_number, std::string_view what);

}  // namespace pidigree
