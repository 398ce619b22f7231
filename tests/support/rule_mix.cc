#include "tests/support/rule_mix.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace pidigree {
namespace {

const std::vector<std::string> kTools = {
    "awk",        "base64", "bash",      "cat",    "chattr",  "chmod",  "chown",   "cp",
    "cron",       "curl",   "dash",      "dd",     "dig",     "docker", "find",    "gcc",
    "gdb",        "git",    "grep",      "gzip",   "id",      "insmod", "ip",      "iptables",
    "journalctl", "kill",   "kubectl",   "ldd",    "ln",      "ls",     "lsmod",   "make",
    "mkdir",      "mkfifo", "mount",     "mv",     "nc",      "ncat",   "netstat", "nginx",
    "nmap",       "nohup",  "openssl",   "passwd", "perl",    "php",    "ping",    "pip3",
    "postgres",   "ps",     "python3",   "rm",     "rsync",   "ruby",   "runc",    "scp",
    "screen",     "sed",    "sh",        "socat",  "ss",      "ssh",    "sshd",    "strace",
    "su",         "sudo",   "systemctl", "tar",    "tcpdump", "tee",    "tmux",    "touch",
    "useradd",    "wget",   "which",     "whoami", "xargs",   "xxd",    "zip",     "zsh"};

const std::vector<std::string> kDirectories = {"/bin/",
                                               "/usr/bin/",
                                               "/usr/sbin/",
                                               "/usr/local/bin/",
                                               "/opt/app/bin/",
                                               "/tmp/",
                                               "/var/tmp/",
                                               "/dev/shm/",
                                               "/home/alice/",
                                               "/home/bob/work/",
                                               "/root/",
                                               "/etc/",
                                               "/etc/cron.d/",
                                               "/var/log/",
                                               "/usr/lib/systemd/",
                                               "/usr/libexec/",
                                               "/var/lib/docker/",
                                               "/srv/www/html/",
                                               "/proc/self/",
                                               "/snap/core/current/bin/"};

const std::vector<std::string> kTerms = {
    "access", "agent",   "archive", "backup",  "build",   "cache",   "client",  "config",
    "core",   "data",    "debug",   "deploy",  "device",  "events",  "export",  "fetch",
    "filter", "image",   "import",  "index",   "install", "kernel",  "library", "loader",
    "logger", "manage",  "master",  "metrics", "module",  "monitor", "network", "notify",
    "output", "package", "payload", "policy",  "process", "project", "proxy",   "public",
    "query",  "queue",   "release", "remote",  "report",  "runner",  "schema",  "script",
    "secret", "service", "session", "shadow",  "shell",   "static",  "status",  "storage",
    "stream", "syslog",  "target",  "token",   "update",  "upload",  "worker"};

const std::vector<std::string> kUsers = {"root", "alice", "bob", "www-data", "postgres", "nobody"};

// The mix. Negative and ordering conditions hold for nearly every event, so nobody uses them alone;
// they are the rest of an "and" Rule.
struct Share {
  size_t permille;
  const char* condition;
  std::vector<std::string> fields;
};

// With the rest of the Rules (4.3 % of all filters) this comes to the mix of MixedRules().
const std::vector<Share> kMix = {
    {376, "contains", {"CommandLine", "CommandLine", "CommandLine", "ParentCommandLine", "Image"}},
    {209, "is", {"Image", "Image", "ParentImage", "CommandLine", "User"}},
    {209, "end with", {"Image", "Image", "ParentImage", "CommandLine", "CurrentDirectory"}},
    {115, "begin with", {"Image", "CommandLine", "ParentImage", "CurrentDirectory"}},
    {73, "image", {"Image", "Image", "ParentImage"}},
    {6, "contains any", {"CommandLine", "ParentCommandLine"}},
    {6, "contains all", {"CommandLine"}},
    {6, "is any", {"Image", "User"}}};

const std::vector<std::string> kRestOfARule = {"is not",         "excludes",    "excludes any",
                                               "excludes all",   "less than",   "more than",
                                               "not begin with", "not end with"};

class RuleMaker {
 public:
  PlainConfiguration Make(size_t filters) {
    PlainConfiguration configuration;
    configuration.blocks = {{"ProcessCreate", false, "", "or", {}},
                            {"ProcessCreate", true, "", "or", {}}};
    for (size_t made = 0; made < filters;) {
      PlainBlock& block = configuration.blocks[random_.Percent(70) ? 1 : 0];
      if (!random_.OneIn(20) || filters - made < 3) {
        block.items.emplace_back(Filter());
        ++made;
        continue;
      }
      PlainRule rule{Name(), "and", {Filter(), Filter()}};
      PlainFilter rest = Filter();
      rest.condition = random_.Pick(kRestOfARule);
      rule.filters.push_back(rest);
      made += rule.filters.size();
      block.items.emplace_back(std::move(rule));
    }
    return configuration;
  }

 private:
  std::string Name() {
    return "technique_id=T" + std::to_string(random_.Between(1001, 1620)) +
           ",technique_name=" + random_.Pick(kTerms);
  }

  // Unusual enough that ordinary events do not hold it.
  std::string Word() { return random_.Pick(kTerms) + std::to_string(random_.Between(100, 999)); }

  std::string Value(const std::string& condition, const std::string& field) {
    if (field == "User") return Word();
    const std::string path = random_.Pick(kDirectories) + Word();
    if (condition == "image") return Word();
    if (condition == "begin with")
      return field == "CommandLine" ? random_.Pick(kTools) + " " + path : path;
    if (condition == "end with") return random_.OneIn(4) ? Word() : std::string("/").append(Word());
    if (field != "CommandLine" && field != "ParentCommandLine")
      return condition == "is" || random_.OneIn(2) ? path : std::string("/").append(Word()) + "/";
    switch (random_.Below(5)) {
      case 0:
        return random_.Pick(kTools) + " --" + Word();
      case 1:
        return " -" + std::string(1, static_cast<char>('a' + random_.Below(26))) + " " + Word();
      case 2:
        return path;
      case 3:
        return Word();
      default:
        return "http://" + Word() + "." + random_.Pick(kTerms);
    }
  }

  PlainFilter Filter() {
    size_t dice = random_.Below(1000);
    const Share* share = kMix.data();
    while (dice >= share->permille) dice -= (share++)->permille;
    PlainFilter filter{random_.Pick(share->fields), share->condition, "", ""};
    filter.value = Value(filter.condition, filter.field);
    if (filter.condition.ends_with("any") || filter.condition.ends_with("all"))
      for (size_t i = random_.Between(1, 4); i > 0; --i)
        filter.value.append(";").append(Value(filter.condition, filter.field));
    if (random_.OneIn(2)) filter.name = Name();
    return filter;
  }

  Random random_{4201};
};

}  // namespace

PlainConfiguration MixedRules(size_t filters) { return RuleMaker().Make(filters); }

std::string MixedEvents::CommandLine(const std::string& tool) {
  // Log-normal: the median, and the ratio of the 90th percentile to it (1.2816 standard
  // deviations).
  constexpr double kMedian = 60;
  constexpr double kNinetieth = 300;
  constexpr size_t kMaximum = 4096;
  double normal = -6;  // the sum of twelve uniform numbers is close enough to a normal one
  for (int i = 0; i < 12; ++i) normal += static_cast<double>(random_.Below(1u << 20)) / (1u << 20);
  const double bytes = kMedian * std::exp(normal * std::log(kNinetieth / kMedian) / 1.2816);
  const bool longest = bytes > kMaximum || random_.OneIn(500);
  const size_t size = longest ? kMaximum : static_cast<size_t>(bytes);

  std::string line = tool;
  while (line.size() < size) {
    switch (random_.Below(5)) {
      case 0:
        line += " -" + std::string(1, static_cast<char>('a' + random_.Below(26)));
        break;
      case 1:
        line += " --" + random_.Pick(kTerms) + "=" + random_.Pick(kTerms);
        break;
      case 2:
        line += " " + random_.Pick(kDirectories) + random_.Pick(kTerms);
        break;
      case 3:
        line.append(" ").append(std::to_string(random_.Below(100'000)));
        break;
      default:
        line += " https://" + random_.Pick(kTerms) + ".example/" + random_.Pick(kTerms);
        break;
    }
  }
  line.resize(std::max(size, tool.size()));
  return line;
}

PlainEvent MixedEvents::Next() {
  const std::string tool = random_.Pick(kTools);
  const std::string parent = random_.Pick(kTools);
  return {1,
          {{"RuleName", "-"},
           {"UtcTime", "2026-11-23 16:59:04.386"},
           {"ProcessGuid", "{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"},
           {"ProcessId", std::to_string(random_.Between(300, 4'000'000))},
           {"Image", random_.Pick(kDirectories) + tool},
           {"FileVersion", "-"},
           {"Description", "-"},
           {"Product", "-"},
           {"Company", "-"},
           {"OriginalFileName", "-"},
           {"CommandLine", CommandLine(tool)},
           {"CurrentDirectory", random_.Pick(kDirectories)},
           {"User", random_.Pick(kUsers)},
           {"LogonGuid", "{ff032593-a8d3-4f13-0000-0001000003e8}"},
           {"LogonId", "1000"},
           {"TerminalSessionId", "3"},
           {"IntegrityLevel", "no level"},
           {"Hashes", "SHA256=" + std::string(64, 'a')},
           {"ParentProcessGuid", "{ff032593-a8d3-4f13-b0d6-01fc615a0f96}"},
           {"ParentProcessId", "2"},
           {"ParentImage", random_.Pick(kDirectories) + parent},
           {"ParentCommandLine", CommandLine(parent)},
           {"ParentUser", random_.Pick(kUsers)}}};
}

std::vector<PlainEvent> MixedEvents::NoMatches(size_t count, const PlainConfiguration& rules) {
  std::vector<PlainConfiguration> alone(rules.blocks.size(), rules);
  for (size_t i = 0; i < alone.size(); ++i) alone[i].blocks = {rules.blocks[i]};
  std::vector<PlainEvent> events;
  while (events.size() < count) {
    events.push_back(Next());
    // By itself a block does the opposite of its onmatch exactly if nothing of it matches.
    for (const PlainConfiguration& block : alone) {
      if (PlainDecide(block, events.back()).included == block.blocks.front().include) {
        events.pop_back();
        break;
      }
    }
  }
  return events;
}

void MixedEvents::MatchTenth(std::vector<PlainEvent>& events, const PlainConfiguration& rules) {
  std::vector<const PlainFilter*> filters;
  for (const PlainBlock& block : rules.blocks)
    for (const PlainItem& item : block.items)
      if (const auto* filter = std::get_if<PlainFilter>(&item)) filters.push_back(filter);
  for (size_t i = 0; i < events.size(); i += 10) {
    const PlainFilter& filter = *random_.Pick(filters);
    std::string& text = events[i].fields[filter.field];
    if (filter.condition == "contains") {
      text.insert(random_.Below(text.size() + 1), filter.value);
    } else if (filter.condition == "begin with") {
      text = filter.value + text;
    } else if (filter.condition == "end with") {
      text += filter.value;
    } else if (filter.condition == "is any") {
      text = filter.value.substr(0, filter.value.find(';'));
    } else if (filter.condition == "is") {
      text = filter.value;
    } else if (filter.condition == "image") {
      text = "/usr/bin/" + filter.value;
    } else {
      text += filter.value;  // the lists: all of their items are in it
    }
    assert(PlainConditionHolds(filter.condition, filter.value, text));
  }
}

}  // namespace pidigree
