#include "src/source/bpf/libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>

namespace pidigree {
namespace {

// A verifier's log may be endless, and comes as one message. Its verdict is at its end.
constexpr size_t kMaxBytes = size_t{1} << 20;

// libbpf's callback has no argument of its own.
thread_local std::string* text_of_this_thread = nullptr;

int Keep(libbpf_print_level level, const char* format, va_list arguments) {
  if (text_of_this_thread == nullptr || level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return 0;
  std::string& text = *text_of_this_thread;
  const size_t before = text.size();
  text.resize(before + static_cast<size_t>(length) + 1);  // with the zero at its end
  std::vsnprintf(text.data() + before, static_cast<size_t>(length) + 1, format, arguments);
  text.pop_back();
  if (text.size() > kMaxBytes) text.erase(0, text.size() - kMaxBytes);
  return 0;
}

}  // namespace

LibbpfLog::LibbpfLog() {
  libbpf_set_print(Keep);
  text_of_this_thread = &text_;
}

LibbpfLog::~LibbpfLog() { text_of_this_thread = nullptr; }

}  // namespace pidigree
