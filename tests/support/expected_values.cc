// What the events should say, and what a log lets one know.
#include <algorithm>
#include <ctime>

#include "tests/support/lineage_oracle.h"

namespace pidigree {
namespace {

// Length of the valid UTF-8 sequence at the start of `text` and whether XML 1.0 allows the
// character; 0 if the first byte starts none.
struct Character {
  size_t size = 0;
  bool allowed = false;
};

Character FirstCharacter(std::string_view text) {
  const auto at = [&](size_t i) -> uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](size_t i) { return (at(i) & 0xc0) == 0x80; };
  const uint32_t first = at(0);
  if (first < 0x80) return {1, first >= 0x20 || first == '\t' || first == '\n' || first == '\r'};
  if (first >= 0xc2 && first < 0xe0 && tail(1)) return {2, true};
  if (first >= 0xe0 && first < 0xf0 && tail(1) && tail(2)) {
    const uint32_t code = (first & 15) << 12 | (at(1) & 63) << 6 | (at(2) & 63);
    if (code < 0x800 || (code >= 0xd800 && code < 0xe000)) return {};
    return {3, code < 0xfffe};
  }
  if (first >= 0xf0 && first < 0xf5 && tail(1) && tail(2) && tail(3)) {
    const uint32_t code = (first & 7) << 18 | (at(1) & 63) << 12 | (at(2) & 63) << 6 | (at(3) & 63);
    if (code >= 0x10000 && code < 0x110000) return {4, true};
  }
  return {};
}

std::string OrDash(std::string text) {
  if (text.empty()) text.assign(1, '-');
  return text;
}

}  // namespace

std::string ExpectedText(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Character character = FirstCharacter(bytes);
    const size_t size = std::max<size_t>(character.size, 1);
    text += character.allowed ? bytes.substr(0, size) : "\xef\xbf\xbd";
    bytes.remove_prefix(size);
  }
  return OrDash(text);
}

std::string ExpectedCommandLine(const TrueImage& image) {
  std::string line;
  for (const std::string& argument : image.argv) {
    if (&argument != &image.argv.front()) line.push_back(' ');
    line += argument;
  }
  return ExpectedText(line);
}

std::string ExpectedUser(uint32_t uid, LogForm form) {
  const std::string name = UserName(uid);
  return form == LogForm::kEnriched && !name.starts_with("un") ? name : std::to_string(uid);
}

std::string ExpectedUtcTime(int64_t ms) {
  const time_t seconds = ms / 1000;
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char text[64];
  const size_t size = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
  std::string result(text, size);
  const std::string fraction = std::to_string(ms % 1000);
  return result + "." + std::string(3 - fraction.size(), '0') + fraction;
}

bool ForkIsKnown(const History& history, const AuditLog& log, int32_t process) {
  const TrueProcess& truth = history.processes[process];
  return truth.fork_event >= 0 && log.written[truth.fork_event] && !truth.born_inside;
}

int32_t KnownParent(const History& history, const AuditLog& log, int32_t process) {
  if (ForkIsKnown(history, log, process)) return history.processes[process].parent;
  for (auto i = static_cast<size_t>(history.processes[process].born_before);
       i < history.events.size(); ++i)
    if (history.events[i].process == process && log.written[i] && TellsPpid(history.events[i]))
      return history.events[i].ppid_process;
  return -1;
}

std::string Excerpt(std::string_view log, uint32_t pid, std::string_view near, size_t limit) {
  const std::string number = std::to_string(pid);
  const std::string names[] = {" pid=" + number + " ", " ppid=" + number + " ",
                               " exit=" + number + " ", " opid=" + number + " "};
  std::vector<std::string_view> lines;
  size_t middle = 0;
  for (size_t at = 0; at < log.size();) {
    const size_t end = std::min(log.find('\n', at), log.size());
    const std::string_view line = log.substr(at, end - at);
    at = end + 1;
    if (middle == 0 && line.find(near) != line.npos) middle = lines.size() + 1;
    if (line.find("SYSCALL") == line.npos && line.find("OBJ_PID") == line.npos &&
        line.find("ANOM") == line.npos && line.find("1300") == line.npos)
      continue;
    if (std::any_of(std::begin(names), std::end(names),
                    [&](const std::string& name) { return line.find(name) != line.npos; }))
      lines.push_back(line);
  }
  const size_t first = middle > limit / 2 ? middle - limit / 2 : 0;
  std::string text;
  for (size_t i = first; i < std::min(first + limit, lines.size()); ++i) {
    text += "    ";
    text += lines[i].substr(0, lines[i].find(" subj="));
    text += "\n";
  }
  return text;
}

}  // namespace pidigree
