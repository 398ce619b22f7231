#include "src/source/audit/unreadable_form.h"

#include <algorithm>

#include "src/source/audit/record_header.h"
#include "src/source/audit/record_type.h"

namespace pidigree {
namespace {

// "type=CWD msg=audit(11/14/23 22:13:20.000:100) : ..."; the date is as the locale has it.
bool IsInterpreted(std::string_view line) {
  const size_t open = line.find("msg=audit(");
  if (open == line.npos) return false;
  const std::string_view stamp = line.substr(open, line.find(") :", open) - open);
  return stamp.size() < line.size() - open && stamp.find(' ') != stamp.npos &&
         stamp.find('\'') == stamp.npos;
}

// "Nov 14 22:13:20 web7 audit[700]: SYSCALL arch=..."
bool IsShortJournal(std::string_view line) {
  const size_t program = line.find(" audit");
  if (program == line.npos) return false;
  std::string_view rest = line.substr(program + 6);
  if (rest.starts_with('[')) rest.remove_prefix(std::min(rest.find(']') + 1, rest.size()));
  if (!rest.starts_with(": ")) return false;
  rest.remove_prefix(2);
  return FindRecordType(rest.substr(0, rest.find(' '))) != nullptr;
}

}  // namespace

std::string_view UnreadableForm(std::string_view head) {
  if (head.starts_with("{\n") || head.starts_with("{\r\n"))
    return "is JSON of several lines an object, as journalctl -o json-pretty prints; journalctl -o "
           "json prints what can be read";
  if (head.starts_with("NODE,EVENT,DATE,"))
    return "is the CSV of ausearch, in which most is lost; ausearch --raw prints what can be read";
  // The first record decides.
  for (size_t end; (end = head.find('\n')) != head.npos; head.remove_prefix(end + 1)) {
    const std::string_view line = head.substr(0, end);
    if (ParseRecordHeader(line)) return {};
    if (IsInterpreted(line))
      return "is what ausearch -i prints, which cannot be read back; ausearch --raw prints what "
             "can "
             "be read";
    if (IsShortJournal(line))
      return "is what journalctl prints for people, without the serials of events; journalctl -o "
             "json prints what can be read";
  }
  return {};
}

}  // namespace pidigree
