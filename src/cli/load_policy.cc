#include "src/cli/load_policy.h"

#include <unistd.h>

#include <utility>

#include "schema/events.h"
#include "src/base/read_file.h"
#include "src/base/valid_text.h"
#include "src/cli/load_rules.h"
#include "src/cli/make_serializer.h"
#include "src/cli/messages.h"

namespace pidigree {
namespace {

auto ComplainAndFail(const Error& error) {
  const std::string message = Printable(error.message);
  Complain(message);
  return Fail(error.code, message);
}

}  // namespace

Result<std::shared_ptr<const AgentPolicy>> LoadPolicy(const std::string& path) {
  auto policy = std::make_shared<AgentPolicy>();
  std::shared_ptr<const RuleSet> rules;
  std::string bytes;
  if (path.empty()) {
    rules = std::make_shared<const RuleSet>(Config{});
  } else {
    Result<std::string> content = ReadFile(path, kMaxConfigBytes);
    if (!content) return ComplainAndFail(content.error());
    bytes = std::move(*content);
    auto compiled = CompileRules(path, bytes, ConfigWarnings::kTell);
    if (!compiled) return Fail(compiled.error());
    rules = std::move(*compiled);
  }

  const Config& config = rules->config();
  policy->records.hash_kinds = {.sha1 = config.hash_algorithms.sha1,
                                .md5 = config.hash_algorithms.md5,
                                .sha256 = config.hash_algorithms.sha256};
  if (!path.empty()) {
    const Result<std::string> hash = HashBytes(bytes, policy->records.hash_kinds);
    if (!hash) return ComplainAndFail(hash.error());
    policy->configuration = ValidText(path);
    policy->configuration_hash = *hash;
  }
  const auto pid = static_cast<uint32_t>(getpid());
  for (const LineFormat format : {LineFormat::kXml, LineFormat::kJson})
    policy->serializers[static_cast<size_t>(format)] = MakeSerializer(
        format, {.process_id = pid, .thread_id = pid, .user_id = geteuid()}, config.field_sizes);
  for (const EventType* event : kAllEvents)
    policy->wanted.set(event->id, rules->CanInclude(*event));
  policy->rules_name_hashes =
      rules->Names(kProcessCreate, "Hashes") || rules->Names(kFileExecutableDetected, "Hashes");
  if (config.dns_lookup) {
    const bool rules_name_hosts = rules->Names(kNetworkConnect, "SourceHostname") ||
                                  rules->Names(kNetworkConnect, "DestinationHostname");
    policy->records.host_lookups = rules_name_hosts ? HostLookups::kOfAll : HostLookups::kOfWritten;
  }
  policy->records.filter = std::move(rules);
  return policy;
}

}  // namespace pidigree
