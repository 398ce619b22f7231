#include "src/enrich/live_users.h"

#include <utility>

#include "src/event/subject.h"

namespace pidigree {

LiveUsers::LiveUsers(SharedTextPool& texts, std::string passwd_path, UserNameService* name_service,
                     const Clock& clock)
    : texts_(texts), passwd_path_(std::move(passwd_path)), names_(name_service, clock) {}

LiveUsers::~LiveUsers() {
  for (const Recent& recent : recent_) texts_.Release(recent.text);
}

void LiveUsers::Refresh(uint64_t now_ns) {
  now_ns_ = now_ns;
  const FileStamp stamp = StampOf(passwd_path_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  // While it is being replaced it may be missing: the names of before are better than none.
  if (auto names = ReadPasswd(passwd_path_)) {
    passwd_ = std::move(*names);
    for (Recent& recent : recent_) recent.until_ns = 0;
  }
}

SharedText* LiveUsers::Get(uint32_t uid) {
  if (uid == kUnset) return nullptr;
  Recent& recent = recent_[uid % kRecent];
  if (recent.uid == uid && now_ns_ < recent.until_ns) return texts_.Retain(recent.text);
  std::string_view name;
  uint64_t until_ns = UINT64_MAX;
  if (const auto entry = passwd_.find(uid); entry != passwd_.end()) {
    name = entry->second;
  } else {
    const auto& found = names_.Find(uid);
    name = found.text;
    until_ns = found.until_ns;
  }
  UserTextBuffer buffer;
  const std::string_view text = UserText(name, uid, buffer);
  if (recent.text == nullptr || recent.text->part(0) != text) {
    texts_.Release(recent.text);
    recent.text = texts_.Create({text});
  }
  recent.uid = uid;
  recent.until_ns = until_ns;
  return texts_.Retain(recent.text);
}

}  // namespace pidigree
