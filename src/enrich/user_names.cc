#include "src/enrich/user_names.h"

#include <charconv>
#include <utility>

#include "src/base/parse_number.h"
#include "src/base/read_file.h"
#include "src/base/split.h"
#include "src/base/valid_text.h"

namespace pidigree {
namespace {

constexpr size_t kMaxPasswdBytes = size_t{64} << 20;

}  // namespace

Result<PasswdNames> ReadPasswd(const std::string& path) {
  const Result<std::string> content = ReadFile(path, kMaxPasswdBytes);
  if (!content) return Fail(content.error());
  PasswdNames names;
  std::string_view rest = *content;
  while (!rest.empty()) {
    // name:password:uid:...
    std::string_view line = TakeBefore('\n', rest);
    const std::string_view name = TakeBefore(':', line);
    TakeBefore(':', line);
    const std::string_view number = line.substr(0, line.find(':'));
    uint32_t uid = 0;
    if (name.empty() || name.front() == '#' || number.size() == line.size() ||
        !ParseNumber(number, uid))
      continue;
    names.emplace(uid, name);
  }
  return names;
}

std::string_view UserText(std::string_view name, uint32_t uid, UserTextBuffer& buffer) {
  char* const out = buffer.data();
  if (!name.empty()) return {out, CopyValidText(name.substr(0, kMaxUserName), out)};
  return {out, std::to_chars(out, out + buffer.size(), uid).ptr};
}

UserNames::UserNames(SharedTextPool& texts, PasswdNames passwd)
    : texts_(texts), passwd_(std::move(passwd)), recent_(kRecent) {}

UserNames::~UserNames() {
  for (const Recent& recent : recent_) texts_.Release(recent.name);
}

SharedText* UserNames::Get(uint32_t node, uint32_t uid, std::string_view enriched) {
  const uint64_t key = uint64_t{node} << 32 | uid;
  Recent& recent = recent_[(uid * 31 + node) % kRecent];
  const bool same_user = recent.name != nullptr && recent.key == key;
  if (same_user && enriched.empty() && !recent.enriched) return texts_.Retain(recent.name);
  if (same_user && !enriched.empty() && recent.enriched && recent.name->part(0) == enriched)
    return texts_.Retain(recent.name);

  std::string_view name = enriched;
  if (const auto entry = passwd_.find(uid); name.empty() && entry != passwd_.end())
    name = entry->second;
  UserTextBuffer buffer;
  texts_.Release(recent.name);
  recent = {key, texts_.Create({UserText(name, uid, buffer)}), !enriched.empty()};
  return texts_.Retain(recent.name);
}

}  // namespace pidigree
