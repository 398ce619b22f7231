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

void Tell(const std::string& path, const ConfigMessage& message, std::string_view kind) {
  std::fprintf(stderr, "%s:%u: %.*s%s\n", Printable(path).c_str(), message.line,
               static_cast<int>(kind.size()), kind.data(), message.text.c_str());
}

}  // namespace

std::shared_ptr<const RuleSet> LoadRules(const std::string& path, ConfigWarnings warnings) {
  const Result<std::string> bytes = ReadFile(path, kMaxConfigBytes);
  if (!bytes) {
    Complain(Printable(bytes.error().message));
    return nullptr;
  }
  return CompileRules(path, *bytes, warnings);
}

std::shared_ptr<const RuleSet> CompileRules(const std::string& path, std::string_view bytes,
                                            ConfigWarnings warnings) {
  LoadedConfig loaded = LoadConfig(bytes);
  for (const ConfigMessage& error : loaded.errors) Tell(path, error, "");
  if (warnings == ConfigWarnings::kTell)
    for (const ConfigMessage& warning : loaded.warnings) Tell(path, warning, "warning: ");
  if (!loaded.ok()) return nullptr;
  return std::make_shared<const RuleSet>(std::move(loaded.config));
}

}  // namespace pidigree
