#include "src/cli/parse_size.h"

#include <cstdlib>
#include <limits>
#include <string>

#include "src/base/ascii.h"
#include "src/base/split.h"

namespace pidigree {
namespace {

constexpr char kUnits[] =
    "{b,e,eb,ei,eib,g,gb,gi,gib,k,kb,ki,kib,m,mb,mi,mib,p,pb,pi,pib,t,tb,ti,tib}";

constexpr std::string_view kBlanks = " \t\n\v\f\r";

bool IsLetter(char c) { return ToLower(c) >= 'a' && ToLower(c) <= 'z'; }

// In bytes; 0 if there is no such unit. It is in lower case.
uint64_t SizeOfUnit(std::string_view unit) {
  if (unit == "b") return 1;
  const size_t power = std::string_view("kmgtpe").find(unit.front());
  const std::string_view rest = unit.substr(1);
  const bool known =
      power != unit.npos && (rest.empty() || rest == "b" || rest == "i" || rest == "ib");
  return known ? uint64_t{1024} << (10 * power) : 0;
}

}  // namespace

Result<uint64_t> ParseSize(std::string_view text) {
  text = Trim(text, kBlanks);
  if (text.empty()) return Fail(ErrorCode::kUsage, "Input is empty");
  size_t number_size = text.size();
  while (number_size > 0 && IsLetter(text[number_size - 1])) --number_size;
  const std::string unit = Lower(text.substr(number_size));
  const uint64_t factor = unit.empty() ? 1 : SizeOfUnit(unit);
  if (factor == 0)
    return Fail(ErrorCode::kUsage, unit + " unit not recognized. Allowed values: " + kUnits);

  const std::string number(Trim(text.substr(0, number_size), kBlanks));
  if (number.empty()) return factor;
  char* end = nullptr;
  const uint64_t count = std::strtoull(number.c_str(), &end, 0);
  if (end != number.c_str() + number.size())
    return Fail(ErrorCode::kUsage, "Value " + number + " could not be converted to UINT");
  if (count > std::numeric_limits<uint64_t>::max() / factor)
    return Fail(ErrorCode::kUsage, std::to_string(count) + " multiplied by " + unit +
                                       " factor would cause number overflow. Use smaller value.");
  return count * factor;
}

}  // namespace pidigree
