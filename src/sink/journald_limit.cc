#include "src/sink/journald_limit.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>

#include "src/base/read_file.h"
#include "src/base/split.h"

namespace pidigree {
namespace {

constexpr size_t kMaxConfig = 1 << 20;

// From the weakest to the strongest: a file hides one of the same name in a weaker directory.
constexpr const char* kDirectories[] = {"/usr/lib/systemd", "/usr/local/lib/systemd",
                                        "/run/systemd", "/etc/systemd"};

constexpr std::string_view kBlanks = " \t\r";

// Whether a number, perhaps with a unit behind it, is 0.
bool IsZero(std::string_view value) {
  return !value.empty() && value.find_first_of("123456789") == value.npos && value[0] == '0';
}

void Apply(const std::string& text, JournaldLimit& limit) {
  for (std::string_view line : Split(text, '\n')) {
    if (line.find('=') == line.npos) continue;
    const std::string_view key = Trim(TakeBefore('=', line), kBlanks);
    const std::string_view value = Trim(line, kBlanks);
    if (key == "RateLimitBurst") {
      std::from_chars(value.data(), value.data() + value.size(), limit.burst);
    } else if (key == "RateLimitIntervalSec" || key == "RateLimitInterval") {
      limit.interval = value;
    }
  }
}

}  // namespace

std::optional<JournaldLimit> FindJournaldLimit(const std::string& path, const std::string& root) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real || !std::string_view(real.get()).starts_with(root + "/run/systemd/journal/"))
    return std::nullopt;

  std::map<std::string, std::string> drop_ins;  // name to path, in the order in which they count
  std::string main_file;
  std::error_code ignored;
  for (const std::string directory : kDirectories) {
    const std::string config = root + directory + "/journald.conf";
    if (std::filesystem::exists(config, ignored)) main_file = config;
    for (const auto& entry : std::filesystem::directory_iterator(config + ".d", ignored))
      if (entry.path().extension() == ".conf") drop_ins[entry.path().filename()] = entry.path();
  }
  JournaldLimit limit;
  Apply(ReadFile(main_file, kMaxConfig).value_or(""), limit);
  for (const auto& [name, file] : drop_ins) Apply(ReadFile(file, kMaxConfig).value_or(""), limit);
  if (limit.burst == 0 || IsZero(limit.interval)) return std::nullopt;
  return limit;
}

}  // namespace pidigree
