#include "src/pipeline/untold_losses.h"

#include <unistd.h>

#include <optional>
#include <string_view>

#include "src/base/parse_number.h"
#include "src/base/read_file.h"
#include "src/base/replace_file.h"
#include "src/base/split.h"

namespace pidigree {
namespace {

constexpr size_t kMaxFile = 64 * 1024;

template <typename Number>
bool TakeNumber(std::string_view& line, Number& number) {
  return ParseNumber(TakeBefore(' ', line), number);
}

std::optional<LossReport> ParseLoss(std::string_view line) {
  LossReport loss;
  const std::string_view name = TakeBefore(' ', line);
  for (size_t i = 0; i < kLossCauses; ++i) {
    loss.cause = static_cast<LossCause>(i);
    if (NameOf(loss.cause) != name) continue;
    if (!TakeNumber(line, loss.count) || !TakeNumber(line, loss.first.ns) ||
        !TakeNumber(line, loss.last.ns))
      return std::nullopt;
    loss.destination = line;
    return loss;
  }
  return std::nullopt;
}

}  // namespace

Result<> StoreUntoldLosses(const std::string& path, const std::vector<LossReport>& losses) {
  if (losses.empty()) {
    unlink(path.c_str());
    return {};
  }
  std::string text;
  for (const LossReport& loss : losses)
    text.append(NameOf(loss.cause))
        .append(" " + std::to_string(loss.count) + " ")
        .append(std::to_string(loss.first.ns) + " " + std::to_string(loss.last.ns))
        .append(loss.destination.empty() ? "" : " " + loss.destination)
        .append("\n");
  return ReplaceFile(path, text);
}

Result<std::vector<LossReport>> LoadUntoldLosses(const std::string& path) {
  std::vector<LossReport> losses;
  const Result<std::string> text = ReadFile(path, kMaxFile);
  if (!text && text.error().code == ErrorCode::kNotFound) return losses;
  if (!text) return Fail(text.error());
  for (std::string_view rest = *text; !rest.empty();) {
    const auto loss = ParseLoss(TakeBefore('\n', rest));
    if (!loss) return Fail(ErrorCode::kCorrupt, path + " does not hold losses of a run before");
    losses.push_back(*loss);
  }
  return losses;
}

}  // namespace pidigree
