#include "src/cli/load_rules.h"

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include "src/base/printable.h"
#include "src/base/read_file.h"
#include "src/cli/messages.h"

namespace pidigree {
namespace {

std::string LineOf(const std::string& path, const ConfigMessage& message, std::string_view kind) {
  return Printable(path) + ":" + std::to_string(message.line) + ": " + std::string(kind) +
         message.text;
}

void Tell(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

}  // namespace

std::shared_ptr<const RuleSet> LoadRules(const std::string& path, ConfigWarnings warnings) {
  const Result<std::string> bytes = ReadFile(path, kMaxConfigBytes);
  if (!bytes) {
    Complain(Printable(bytes.error().message));
    return nullptr;
  }
  return CompileRules(path, *bytes, warnings).value_or(nullptr);
}

Result<std::shared_ptr<const RuleSet>> CompileRules(const std::string& path, std::string_view bytes,
                                                    ConfigWarnings warnings) {
  LoadedConfig loaded = LoadConfig(bytes);
  for (const ConfigMessage& error : loaded.errors) Tell(LineOf(path, error, ""));
  if (warnings == ConfigWarnings::kTell)
    for (const ConfigMessage& warning : loaded.warnings) Tell(LineOf(path, warning, "warning: "));
  if (!loaded.ok()) return Fail(ErrorCode::kCorrupt, LineOf(path, loaded.errors.front(), ""));
  return std::make_shared<const RuleSet>(std::move(loaded.config));
}

}  // namespace pidigree
