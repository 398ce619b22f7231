#include "src/cli/destination_spec.h"

#include <algorithm>
#include <array>
#include <string>

#include "schema/events.h"
#include "src/base/ascii.h"
#include "src/base/parse_number.h"
#include "src/cli/agent_paths.h"
#include "src/cli/parse_size.h"

namespace pidigree {
namespace {

using Place = DestinationSpec::Place;

constexpr std::string_view kLaterPlaces[] = {"journal", "unix", "udp", "tcp", "tls"};
constexpr std::string_view kLaterKeys[] = {"spool", "rotate", "rotate-every", "keep",
                                           "gzip",  "rfc",    "framing",      "ca",
                                           "cert",  "key",    "name"};

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string_view NameOf(Place place) {
  switch (place) {
    case Place::kStandardOutput:
      return "standard output";
    case Place::kFile:
      return "a file";
    case Place::kSyslog:
      return "syslog";
  }
  return "";
}

Result<size_t> SizeWithin(std::string_view value, size_t least, size_t most) {
  const Result<uint64_t> bytes = ParseSize(value);
  if (!bytes) return Fail(bytes.error());
  if (*bytes < least || *bytes > most)
    return Fail(ErrorCode::kUsage, Quoted(value) + " is not within " + std::to_string(least) +
                                       " and " + std::to_string(most) + " bytes");
  return *bytes;
}

Result<> TakeFormat(std::string_view value, DestinationSpec& spec) {
  if (value != "xml" && value != "json")
    return Fail(ErrorCode::kUsage, Quoted(value) + " is neither xml nor json");
  spec.format = value;
  return {};
}

Result<> TakeEvents(std::string_view value, DestinationSpec& spec) {
  spec.events.reset();
  for (const EventType* always : {&kServiceStateChange, &kConfigStateChange, &kErrorReport})
    spec.events.set(always->id);
  for (size_t end = 0; end != value.npos; value.remove_prefix(end == value.npos ? 0 : end + 1)) {
    end = value.find(',');
    const std::string_view text = value.substr(0, end);
    uint32_t id = 0;
    if (!ParseNumber(text, id) || FindEvent(id) == nullptr)
      return Fail(ErrorCode::kUsage, Quoted(text) + " is the ID of no event");
    spec.events.set(id);
  }
  return {};
}

Result<> TakeQueue(std::string_view value, DestinationSpec& spec) {
  const Result<size_t> bytes =
      SizeWithin(value, DestinationSpec::kMinQueueBytes, DestinationSpec::kMaxQueueBytes);
  if (!bytes) return Fail(bytes.error());
  spec.queue_bytes = *bytes;
  return {};
}

Result<> TakeDrop(std::string_view value, DestinationSpec& spec) {
  if (value != "newest" && value != "oldest")
    return Fail(ErrorCode::kUsage, Quoted(value) + " is neither newest nor oldest");
  spec.drop = value == "newest" ? DestinationQueue::Drop::kNewest : DestinationQueue::Drop::kOldest;
  return {};
}

Result<> TakeMaxLineBytes(std::string_view value, DestinationSpec& spec) {
  const Result<size_t> bytes =
      SizeWithin(value, DestinationSpec::kMinLineBytes, DestinationSpec::kMaxQueueBytes);
  if (!bytes) return Fail(bytes.error());
  spec.max_line_bytes = *bytes;
  return {};
}

Result<> TakeMode(std::string_view value, DestinationSpec& spec) {
  mode_t mode = 0;
  if (!ParseNumber(value, mode, 8) || mode > 0777)
    return Fail(ErrorCode::kUsage, Quoted(value) + " is no mode such as 0640");
  spec.mode = mode;
  return {};
}

Result<> TakeGroup(std::string_view value, DestinationSpec& spec) {
  spec.group = value;
  return {};
}

struct Key {
  std::string_view name;
  std::string_view value;  // its form
  bool only_files;
  std::string_view help;
  Result<> (*take)(std::string_view value, DestinationSpec& spec);
};

constexpr std::array kKeys = {
    Key{"format", "xml|json", false, "form of the events; that of --format", TakeFormat},
    Key{"events", "ID,...", false, "only these events, and always 4, 16 and 255", TakeEvents},
    Key{"queue", "SIZE", false, "what may wait to be written, 64K to 1G; 16M", TakeQueue},
    Key{"drop", "newest|oldest", false, "what is lost when the queue is full; newest", TakeDrop},
    Key{"max-line-bytes", "N", false,
        "longer lines are shortened, 2048 or more; 7900 for syslog, else any length",
        TakeMaxLineBytes},
    Key{"mode", "OCTAL", true, "of a file that is made, such as 0640", TakeMode},
    Key{"group", "NAME", true, "of a file that is made", TakeGroup},
};

// Cuts `text` at the first `separator`, and returns what stands before it.
std::string_view TakeUntil(char separator, std::string_view& text) {
  const size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return part;
}

// A part of DEST as it is meant.
Result<std::string> Unescape(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const size_t special = std::min(text.find_first_of("?&%"), text.size());
    plain += text.substr(0, special);
    text.remove_prefix(special);
    if (text.empty()) break;
    const std::string escape = Lower(text.substr(0, 3));
    if (escape == "%3f")
      plain += '?';
    else if (escape == "%26")
      plain += '&';
    else if (escape == "%25")
      plain += '%';
    else
      return Fail(ErrorCode::kUsage, Quoted(text.substr(0, text.front() == '%' ? 3 : 1)) +
                                         ": ?, & and % are written %3F, %26 and %25");
    text.remove_prefix(escape.size());
  }
  return plain;
}

// Whether it is a word or has one before a colon, as if it were the name of a place.
bool LooksLikePlace(std::string_view text) {
  const size_t end = text.find_first_of(":/");
  return end == text.npos ? text.find('.') == text.npos : text[end] == ':';
}

// Errors: of what cannot be the path of a file; `expected`: what could stand there, and this not.
Result<> CheckPath(const std::string& text, std::string_view expected) {
  const std::string_view word = std::string_view(text).substr(0, text.find(':'));
  if (std::ranges::find(kLaterPlaces, word) != std::end(kLaterPlaces))
    return Fail(ErrorCode::kUsage, "there is no output to " + std::string(word) + " yet");
  if (text.empty() || LooksLikePlace(text))
    return Fail(ErrorCode::kUsage, std::string(expected) + " the path of a file" +
                                       (text.empty() ? "" : ", which would be written ./" + text));
  return {};
}

Result<> TakePlace(const std::string& text, DestinationSpec& spec) {
  constexpr std::string_view kScheme = "syslog://";
  if (text == "-") return {};
  if (text == "syslog" || text.starts_with(kScheme)) {
    spec.place = Place::kSyslog;
    spec.path = text == "syslog" ? kDefaultLog : text.substr(kScheme.size());
    spec.max_line_bytes = DestinationSpec::kSyslogLineBytes;
    if (!spec.path.starts_with('/'))
      return Fail(ErrorCode::kUsage, "not syslog:///SOCKET, with the socket's absolute path");
  } else {
    if (Result<> path = CheckPath(text, "none of -, syslog, syslog:///SOCKET and"); !path)
      return path;
    spec.place = Place::kFile;
    spec.path = text;
  }
  if (spec.path.ends_with('/')) return Fail(ErrorCode::kUsage, "a directory");
  return {};
}

Result<> TakeKey(std::string_view name, std::string_view escaped, DestinationSpec& spec) {
  const auto* const key = std::ranges::find(kKeys, name, &Key::name);
  if (std::ranges::find(kLaterKeys, name) != std::end(kLaterKeys))
    return Fail(ErrorCode::kUsage, "there is no " + std::string(name) + " yet");
  if (key == kKeys.end()) return Fail(ErrorCode::kUsage, "there is no key " + Quoted(name));
  if (key->only_files && spec.place != Place::kFile)
    return Fail(ErrorCode::kUsage,
                std::string(NameOf(spec.place)) + " has no use for " + std::string(name));
  const Result<std::string> value = Unescape(escaped);
  if (!value) return Fail(value.error());
  if (value->empty()) return Fail(ErrorCode::kUsage, std::string(name) + ": no value");
  if (const Result<> taken = key->take(*value, spec); !taken)
    return Fail(ErrorCode::kUsage, std::string(name) + ": " + taken.error().message);
  return {};
}

Result<DestinationSpec> Parse(std::string_view text) {
  DestinationSpec spec;
  bool more = text.find('?') != text.npos;
  const Result<std::string> place = Unescape(TakeUntil('?', text));
  if (!place) return Fail(place.error());
  if (const Result<> taken = TakePlace(*place, spec); !taken) return Fail(taken.error());
  std::vector<std::string_view> seen;
  while (more) {
    more = text.find('&') != text.npos;
    std::string_view value = TakeUntil('&', text);
    const std::string_view name = TakeUntil('=', value);
    if (std::ranges::find(seen, name) != seen.end())
      return Fail(ErrorCode::kUsage, std::string(name) + " is given twice");
    seen.push_back(name);
    if (const Result<> taken = TakeKey(name, value, spec); !taken) return Fail(taken.error());
  }
  return spec;
}

}  // namespace

Result<DestinationSpec> ParseDestination(std::string_view text) {
  Result<DestinationSpec> spec = Parse(text);
  if (!spec) return Fail(ErrorCode::kUsage, Quoted(text) + ": " + spec.error().message);
  return spec;
}

Result<> CheckOutputPath(const std::string& text) {
  if (text == "-") return {};
  const Result<> path = CheckPath(text, "neither - nor");
  if (!path) return Fail(ErrorCode::kUsage, Quoted(text) + ": " + path.error().message);
  return {};
}

std::string DestinationHelp() {
  std::string help;
  for (const Key& key : kKeys) {
    std::string line = "  " + std::string(key.name) + "=" + std::string(key.value);
    line.resize(std::max<size_t>(line.size() + 1, 24), ' ');
    help += help.empty() ? "" : "\n";
    help += line + std::string(key.help) + (key.only_files ? " (files only)" : "");
  }
  return help;
}

}  // namespace pidigree
