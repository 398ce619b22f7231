#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/shared_text.h"
#include "src/event/kernel_file.h"

namespace pidigree {

// Of a program's command line, for records of its children.
inline constexpr size_t kMaxKeptCommandLine = 4096;

// `text`, which is valid and longer, cut to at most `limit` bytes with "..." at its end, as `room`.
std::string_view CutText(std::string_view text, size_t limit, std::string& room);

// Makes the texts of what live processes run (ProgramPart, kExecutable) from raw bytes, and bounds
// what the table keeps of command lines.
class ProgramTexts {
 public:
  // While `texts` holds more than `max_text_bytes`, command lines are kept short.
  ProgramTexts(SharedTextPool& texts, size_t max_text_bytes)
      : texts_(texts), max_text_bytes_(max_text_bytes) {}

  struct Raw {
    KernelPath image = {};
    std::string_view arguments = {};  // NULs between
    bool arguments_cut = false;
    std::string_view cwd = {};
    bool cwd_cut = false;
    FileIdentity executable = {};
  };
  // A new reference. `whole_command_line` is that of the program where the text's is cut, else
  // empty; it lives until the next call.
  SharedText* Make(const Raw& raw, std::string_view* whole_command_line = nullptr);

  // `program` with another image; a new reference. Without `keep_command_line` it has none.
  SharedText* WithImage(const SharedText& program, const KernelPath& image, bool keep_command_line);
  static bool HasImage(const SharedText& program, const KernelPath& image);

  // What a kernel thread runs: [comm]. A new reference.
  SharedText* MakeKernelThread(std::string_view comm);
  static bool IsKernelThread(const SharedText& program, std::string_view comm);

  uint64_t cut() const { return cut_; }

 private:
  std::string_view Keep(std::string_view command_line);

  SharedTextPool& texts_;
  const size_t max_text_bytes_;
  std::string joined_, image_, command_line_, cwd_, kept_;  // scratch
  uint64_t cut_ = 0;
};

}  // namespace pidigree
