#include "src/lineage/live_mutes.h"

#include <utility>

#include "schema/events.h"
#include "schema/kernel_actions.h"

namespace pidigree {
namespace {

// What the kernel's side asks for before it tells something.
constexpr uint32_t kMutable = [] {
  uint32_t events = 0;
  for (int action = 1; events_of_action(static_cast<kernel_action>(action)) != 0; ++action)
    events |= muting_events(static_cast<kernel_action>(action));
  return events;
}();

// As often a process may do what is dropped before that is worth muting it: most end before.
constexpr uint8_t kPatience = 8;

constexpr size_t kMaxImages = 1024;

size_t ImageOfActor(const EventType& event) {
  const size_t image = event.Find("Image");
  return image != EventType::kNoField ? image : event.Find("SourceImage");
}

}  // namespace

void LiveMutes::Stop() {
  ++epoch_;
  filter_ = nullptr;
  unwanted_of_image_.clear();
  if (mute_ != nullptr) mute_->UnmuteAll();
}

void LiveMutes::SetFilter(std::shared_ptr<const RecordFilter> filter, bool names_hashes) {
  Stop();
  filter_ = std::move(filter);
  rules_name_hashes_ = names_hashes;
}

uint32_t LiveMutes::UnwantedOf(std::string_view image) {
  if (const auto known = unwanted_of_image_.find(image); known != unwanted_of_image_.end())
    return known->second;
  uint32_t unwanted = 0;
  for (const EventType* event : kAllEvents) {
    const uint32_t bit = event_bit(event->id);
    if ((kMutable & bit) == 0) continue;
    if (rules_name_hashes_ && (event == &kImageLoad || event == &kFileExecutableDetected)) continue;
    if (!filter_->CanInclude(*event, ImageOfActor(*event), image)) unwanted |= bit;
  }
  if (unwanted_of_image_.size() == kMaxImages) unwanted_of_image_.clear();
  unwanted_of_image_.emplace(image, unwanted);
  return unwanted;
}

void LiveMutes::Consider(LiveEntry& entry, const Subject& actor, uint32_t home) {
  if (mute_ == nullptr || filter_ == nullptr || entry.state != LiveEntry::State::kLive) return;
  if (entry.considered_in != epoch_) {
    entry.considered_in = epoch_;
    entry.unwritten = 0;
  }
  if (entry.unwritten == kPatience || ++entry.unwritten < kPatience) return;
  if (actor.program == 0 || actor.mount_namespace != home || entry.kernel_thread ||
      entry.program == nullptr)
    return;
  const uint32_t unwanted = UnwantedOf(entry.program->part(kImage));
  if (unwanted == 0) return;
  entry.muted = mute_->Mute(entry.process(), {actor.program, home, unwanted});
}

void LiveMutes::Forget(LiveEntry& entry) {
  entry.considered_in = 0;
  if (entry.muted) mute_->Unmute(entry.process());
  entry.muted = false;
}

}  // namespace pidigree
