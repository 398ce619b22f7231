#include "src/cli/progress_line.h"

#include <cstdio>

namespace pidigree {
namespace {

constexpr std::chrono::milliseconds kBetweenUpdates{200};
constexpr char kEraseLine[] = "\r\033[K";  // ECMA-48, EL

}  // namespace

ProgressLine::ProgressLine(std::optional<uint64_t> total_bytes, bool wanted)
    : total_bytes_(total_bytes), wanted_(wanted) {}

void ProgressLine::Update(uint64_t bytes, uint64_t events) {
  if (!wanted_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < kBetweenUpdates) return;
  last_ = now;
  shown_ = true;
  const double megabytes = static_cast<double>(bytes) / 1e6;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::fputs(kEraseLine, stderr);
  if (total_bytes_ && *total_bytes_ > 0)
    std::fprintf(stderr, "%3.0f %%  ",
                 100.0 * static_cast<double>(bytes) / static_cast<double>(*total_bytes_));
  std::fprintf(stderr, "%.1f MB  %.1f MB/s  %llu events", megabytes, megabytes / seconds,
               static_cast<unsigned long long>(events));
  std::fflush(stderr);
}

void ProgressLine::Erase() {
  if (shown_) std::fputs(kEraseLine, stderr);
  shown_ = false;
}

}  // namespace pidigree
