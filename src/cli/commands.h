#pragma once

#include "src/cli/command.h"

namespace pidigree {

Command GuidCommand();
Command RulesCommand();
Command RunCommand();
Command SchemaCommand();
Command StatusCommand();
Command TranslateCommand();
Command TreeCommand();

}  // namespace pidigree
