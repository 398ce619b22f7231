#include <memory>
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

}  // namespace

void AddSchemaCommand(CLI::App& app, int& exit_status) {
  CLI::App* command = app.add_subcommand("schema", "Print the events, fields and conditions");
  const auto format = std::make_shared<std::string>("sysmon");
  command
      ->add_option("--format", *format,
                   "sysmon: as `sysmon -s` prints it (default); json; markdown: docs/events.md")
      ->check(CLI::IsMember({"sysmon", "json", "markdown"}).description(""))
      ->type_name("sysmon|json|markdown");
  command->callback([format, &exit_status] {
    exit_status = PrintOut(SchemaText(FormatNamed(*format))) ? kExitDone : kExitFailed;
  });
}

}  // namespace pidigree
