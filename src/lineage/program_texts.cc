#include "src/lineage/program_texts.h"

#include <algorithm>
#include <type_traits>

#include "src/base/valid_text.h"
#include "src/lineage/live_table.h"

namespace pidigree {
namespace {

constexpr std::string_view kEllipsis = "...";
constexpr size_t kMaxKeptWhenFull = 256;

bool Continues(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// Without the bytes of a character that cutting left incomplete.
std::string_view WithoutBrokenEnd(std::string_view raw) {
  constexpr size_t kMaxTail = 3;
  for (size_t tail = 1; tail <= std::min(kMaxTail, raw.size()); ++tail) {
    const auto lead = static_cast<uint8_t>(raw[raw.size() - tail]);
    if (Continues(static_cast<char>(lead))) continue;
    const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return size > tail ? raw.substr(0, raw.size() - tail) : raw;
  }
  return raw;
}

std::string_view PathText(std::string_view path, bool cut, std::string& scratch) {
  const std::string_view text = ValidText(path, scratch);
  if (!cut) return text;
  return scratch = std::string(kEllipsis) + (text.starts_with('/') ? "" : "/") + std::string(text);
}

std::string_view Bytes(const FileIdentity& executable) {
  static_assert(std::is_trivially_copyable_v<FileIdentity>);
  if (executable.inode == 0) return {};
  return {reinterpret_cast<const char*>(&executable), sizeof executable};
}

}  // namespace

std::string_view CutText(std::string_view text, size_t limit, std::string& room) {
  size_t keep = limit - kEllipsis.size();
  while (Continues(text[keep])) --keep;
  return room.assign(text.substr(0, keep)) += kEllipsis;
}

std::string_view ProgramTexts::Keep(std::string_view command_line) {
  const bool full =
      texts_.bytes_in_use() > max_text_bytes_ || texts_.bytes_held() > 2 * max_text_bytes_;
  const size_t limit = full ? kMaxKeptWhenFull : kMaxKeptCommandLine;
  if (command_line.size() <= limit) return command_line;
  ++cut_;
  return CutText(command_line, limit, kept_);
}

SharedText* ProgramTexts::Make(const Raw& raw, std::string_view* whole_command_line) {
  joined_.assign(raw.arguments_cut ? WithoutBrokenEnd(raw.arguments) : raw.arguments);
  std::replace(joined_.begin(), joined_.end(), '\0', ' ');
  std::string_view command_line = ValidText(joined_, command_line_);
  if (raw.arguments_cut) {
    if (command_line.data() != command_line_.data()) command_line_.assign(command_line);
    command_line = command_line_ += kEllipsis;
  }
  const std::string_view kept = Keep(command_line);
  if (whole_command_line != nullptr)
    *whole_command_line = kept.size() == command_line.size() ? std::string_view() : command_line;
  return texts_.Create({PathText(raw.image.text, raw.image.cut, image_), kept,
                        PathText(raw.cwd, raw.cwd_cut, cwd_), Bytes(raw.executable)});
}

SharedText* ProgramTexts::WithImage(const SharedText& program, const KernelPath& image,
                                    bool keep_command_line) {
  return texts_.Create({PathText(image.text, image.cut, image_),
                        keep_command_line ? program.part(kCommandLine) : std::string_view(),
                        program.part(kCurrentDirectory),
                        keep_command_line ? program.part(kExecutable) : std::string_view()});
}

bool ProgramTexts::HasImage(const SharedText& program, const KernelPath& image) {
  std::string scratch;
  return program.part(kImage) == PathText(image.text, image.cut, scratch);
}

SharedText* ProgramTexts::MakeKernelThread(std::string_view comm) {
  joined_.assign("[").append(comm).append("]");
  const std::string_view name = ValidText(joined_, image_);
  return texts_.Create({name, name, "/", {}});
}

bool ProgramTexts::IsKernelThread(const SharedText& program, std::string_view comm) {
  const std::string_view name = program.part(kImage);
  return name.size() == comm.size() + 2 && name.substr(1, comm.size()) == comm;
}

}  // namespace pidigree
