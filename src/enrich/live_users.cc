#include "src/enrich/live_users.h"

#include <array>
#include <charconv>
#include <utility>

#include "src/base/valid_text.h"
#include "src/enrich/user_names.h"
#include "src/event/process_fact.h"

namespace pidigree {
namespace {

// How long an answer is waited for.
constexpr std::chrono::milliseconds kPatience{100};
constexpr size_t kMaxKnown = 4096;  // users; beyond, all are learned anew
constexpr size_t kMaxName = 256;    // LOGIN_NAME_MAX of Linux
constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kKeepName = 600 * kSecond;
constexpr uint64_t kKeepNobody = 60 * kSecond;
// After an answer that came too late nobody is asked for so long: each question holds up the
// stream.
constexpr uint64_t kPause = 5 * kSecond;

}  // namespace

LiveUsers::LiveUsers(SharedTextPool& texts, std::string passwd_path, UserNameService* name_service)
    : texts_(texts), passwd_path_(std::move(passwd_path)), name_service_(name_service) {}

LiveUsers::~LiveUsers() { Forget(); }

void LiveUsers::Forget() {
  for (const auto& [uid, known] : known_) texts_.Release(known.text);
  known_.clear();
}

void LiveUsers::Refresh(uint64_t now_ns) {
  now_ns_ = now_ns;
  const FileStamp stamp = StampOf(passwd_path_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  // While it is being replaced it may be missing: the names of before are better than none.
  auto names = ReadPasswd(passwd_path_);
  if (!names) return;
  passwd_ = std::move(*names);
  Forget();
}

SharedText* LiveUsers::Get(uint32_t uid) {
  if (uid == kUnset) return nullptr;
  if (const auto found = known_.find(uid); found != known_.end()) {
    if (now_ns_ < found->second.until_ns) return texts_.Retain(found->second.text);
    texts_.Release(found->second.text);
    known_.erase(found);
  }
  if (known_.size() >= kMaxKnown) Forget();
  const Known known = Ask(uid);
  known_.emplace(uid, known);
  return texts_.Retain(known.text);
}

LiveUsers::Known LiveUsers::Ask(uint32_t uid) {
  std::string name;
  Known known{.until_ns = UINT64_MAX};
  if (const auto entry = passwd_.find(uid); entry != passwd_.end()) {
    name = entry->second;
  } else if (name_service_ != nullptr && now_ns_ < ask_again_ns_) {
    ++late_;
    known.until_ns = ask_again_ns_;
  } else if (name_service_ != nullptr) {
    if (auto answer = name_service_->Ask(uid, kPatience)) {
      name = std::move(*answer);
      known.until_ns = now_ns_ + (name.empty() ? kKeepNobody : kKeepName);
    } else {
      ++late_;
      ask_again_ns_ = now_ns_ + kPause;
      known.until_ns = ask_again_ns_;
    }
  }
  std::array<char, 3 * kMaxName> buffer;
  const size_t size =
      name.empty() ? static_cast<size_t>(
                         std::to_chars(buffer.data(), buffer.data() + buffer.size(), uid).ptr -
                         buffer.data())
                   : CopyValidText(std::string_view(name).substr(0, kMaxName), buffer.data());
  known.text = texts_.Create({std::string_view(buffer.data(), size)});
  return known;
}

}  // namespace pidigree
