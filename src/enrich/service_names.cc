#include "src/enrich/service_names.h"

#include <algorithm>
#include <charconv>

#include "src/base/read_file.h"
#include "src/base/split.h"

namespace pidigree {
namespace {

constexpr size_t kMaxServicesBytes = size_t{16} << 20;

std::string_view NextWord(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

void ServiceNames::Refresh() {
  const FileStamp stamp = StampOf(path_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  if (const auto content = ReadFile(path_, kMaxServicesBytes)) Read(*content);
}

// name port/protocol alias... # comment
void ServiceNames::Read(std::string_view content) {
  names_.clear();
  while (!content.empty()) {
    std::string_view line = TakeBefore('\n', content);
    line = line.substr(0, line.find('#'));
    const std::string_view name = NextWord(line);
    const std::string_view place = NextWord(line);
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(place.data(), place.data() + place.size(), port);
    const std::string_view protocol(end, place.data() + place.size());
    if (error != std::errc() ||
        !std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; }))
      continue;
    if (protocol == "/tcp") names_.emplace(Key(Protocol::kTcp, port), name);
    if (protocol == "/udp") names_.emplace(Key(Protocol::kUdp, port), name);
  }
}

std::string_view ServiceNames::Find(Protocol protocol, uint16_t port) const {
  const auto found = names_.find(Key(protocol, port));
  return found == names_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace pidigree
