#include "src/source/audit/unwrapper.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "src/source/audit/record_fields.h"
#include "src/source/audit/wrapped_records.h"

namespace pidigree {
namespace {

constexpr size_t kMaxEntry = size_t{4} << 20;

// One object a line.
class JsonLines final : public Unwrapper {
 private:
  size_t TakeEntries(std::string_view text, std::string& out) override {
    size_t taken = 0;
    for (size_t end; (end = text.find('\n', taken)) != text.npos; taken = end + 1) {
      std::string_view line = text.substr(taken, end - taken);
      if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
      lines_.clear();
      if (!records_.Append(line, lines_) && !IsOfTheJournal(line)) lines_ = line;
      out += lines_;
      if (!lines_.ends_with('\n')) out += '\n';
    }
    return taken;
  }

  static bool IsOfTheJournal(std::string_view line) {
    return line.find("\"__CURSOR\"") != line.npos;
  }

  JsonRecords records_;
  std::string lines_;
};

// systemd's journal export format (systemd.io/JOURNAL_EXPORT_FORMATS): a line NAME=VALUE for each
// field, or, for any bytes, NAME, their number as 64 bits and the bytes; an empty line ends an
// entry.
class JournalExport final : public Unwrapper {
 private:
  size_t TakeEntries(std::string_view text, std::string& out) override {
    size_t taken = 0;
    size_t at = 0;
    JournalEntry entry;
    for (;;) {
      const size_t end = text.find('\n', at);
      if (end == text.npos) return taken;
      const std::string_view line = text.substr(at, end - at);
      at = end + 1;
      const size_t equals = line.find('=');
      if (line.empty()) {
        lines_.clear();
        AppendRecord(std::exchange(entry, {}), lines_);
        const std::string_view whole = text.substr(taken, at - taken);
        const auto ends = static_cast<size_t>(std::ranges::count(whole, '\n'));
        out.append(lines_).append(ends - (lines_.empty() ? 0 : 1), '\n');
        taken = at;
      } else if (equals != line.npos) {
        Set(line.substr(0, equals), line.substr(equals + 1), entry);
      } else {
        constexpr size_t kSizeBytes = 8;
        if (text.size() - at < kSizeBytes) return taken;
        uint64_t size = 0;
        for (size_t i = kSizeBytes; i-- > 0;)
          size = size << 8 | static_cast<unsigned char>(text[at + i]);
        at += kSizeBytes;
        if (size >= text.size() - at) return taken;
        Set(line, text.substr(at, size), entry);
        at += size + 1;
      }
    }
  }

  static void Set(std::string_view name, std::string_view value, JournalEntry& entry) {
    if (name == "_TRANSPORT") entry.transport = value;
    if (name == "_AUDIT_ID") entry.audit_id = value;
    if (name == "_SOURCE_REALTIME_TIMESTAMP") entry.time_us = value;
    if (name == "_UID") entry.uid = value;
    if (name == "_HOSTNAME") entry.host = value;
    if (name == "MESSAGE") entry.message = value;
  }

  std::string lines_;
};

}  // namespace

std::unique_ptr<Unwrapper> Unwrapper::Find(std::string_view head) {
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  if (head.starts_with('{')) return std::make_unique<JsonLines>();
  // Its first field is __CURSOR; no other log begins so.
  if (head.starts_with("__")) return std::make_unique<JournalExport>();
  return nullptr;
}

void Unwrapper::Add(std::string_view bytes, std::string& out) {
  text_ += bytes;
  text_.erase(0, TakeEntries(text_, out));
  if (text_.size() <= kMaxEntry) return;
  out += text_;
  text_.clear();
}

void Unwrapper::Finish(std::string& out) {
  if (text_.empty()) return;
  // An entry that lacks its end is whole, as a rule.
  Add("\n\n", out);
  out += std::exchange(text_, {});
}

}  // namespace pidigree
