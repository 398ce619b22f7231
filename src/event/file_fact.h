#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/kernel_actions.h"
#include "src/event/kernel_file.h"
#include "src/event/subject.h"

namespace pidigree {

enum class FileAction : uint8_t {
  kCreated = ACTION_FILE_CREATED,                // it came into being under this path
  kDeleted = ACTION_FILE_DELETED,                // this path of it is gone
  kTimesSet = ACTION_FILE_TIMES_SET,             //
  kAttributeSet = ACTION_FILE_ATTRIBUTE_SET,     // an extended one of the user namespace
  kDeviceOpened = ACTION_FILE_DEVICE_OPENED,     // a block device, for reading
  kFifoOpened = ACTION_FILE_FIFO_OPENED,         //
  kWritten = ACTION_FILE_WRITTEN,                // and closed, and it starts as an executable does
  kMadeExecutable = ACTION_FILE_MADE_EXECUTABLE  // by its mode
};

// How far a path is what the kernel found, or only what the process gave.
enum class PathLinks : uint8_t {
  kResolved,
  kInDirectories,  // symbolic links and ".." among its directories are still in it
  kAlsoLast,       // the last component may be a link, too
};

// Something happened to a file.
struct FileFact {
  Subject subject;
  FileAction action{};
  KernelPath path;  // absolute; normalised if its links are resolved
  PathLinks links{};
  FileIdentity file;  // as it was then; where it was changed, before; inode 0: not known
  uint32_t mode = 0;  // st_mode; 0: not known
  std::optional<bool> executable;  // kDeleted: whether it started as an ELF image or a script does
  int64_t time_ns = 0;             // since 1970, UTC: its birth, or the mtime it got; 0: not known
  std::string_view attribute;      // its name
  std::string_view value;          // of the attribute
  bool value_unread = false;
};

}  // namespace pidigree
