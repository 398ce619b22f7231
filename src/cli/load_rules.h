#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/config/config.h"
#include "src/filter/rule_set.h"

namespace pidigree {

enum class ConfigWarnings { kTell, kHide };

// Reads the configuration `path`. What is wrong with it goes to standard error, each error as
// FILE:LINE: TEXT and each warning as FILE:LINE: warning: TEXT; nullptr if there is any error.
std::shared_ptr<const RuleSet> LoadRules(const std::string& path, ConfigWarnings warnings);

// The same of a configuration that was read from `path` already.
//
// Errors: kCorrupt with the first error as it was told, in one line that is safe to print.
Result<std::shared_ptr<const RuleSet>> CompileRules(const std::string& path, std::string_view bytes,
                                                    ConfigWarnings warnings);

}  // namespace pidigree
