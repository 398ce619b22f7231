#include <string>

#include "src/cli/commands.h"
#include "src/cli/messages.h"
#include "src/serialize/schema_text.h"

namespace pidigree {
namespace {

SchemaFormat FormatNamed(const std::string& name) {
  if (name == "json") return SchemaFormat::kJson;
  if (name == "markdown") return SchemaFormat::kMarkdown;
  return SchemaFormat::kSysmon;
}

Result<int> RunSchema(const Arguments& arguments) {
  return PrintOut(SchemaText(FormatNamed(arguments.Get("--format")))) ? kExitDone : kExitFailed;
}

}  // namespace

Command SchemaCommand() {
  return {
      .name = "schema",
      .description = "Print the events, fields and conditions",
      .options = {{.name = "--format",
                   .type = "sysmon|json|markdown",
                   .help =
                       "sysmon: as `sysmon -s` prints it (default); json; markdown: docs/events.md",
                   .choices = {"sysmon", "json", "markdown"}}},
      .run = RunSchema,
  };
}

}  // namespace pidigree
