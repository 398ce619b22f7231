#include "src/base/result.h"

#include <system_error>

namespace pidigree {

tl::unexpected<Error> FailErrno(int error_number, std::string_view what) {
  const ErrorCode code = error_number == ENOENT                            ? ErrorCode::kNotFound
                         : error_number == EACCES || error_number == EPERM ? ErrorCode::kPermission
                                                                           : ErrorCode::kSystem;
  return Fail(code, std::string(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace pidigree
