#include "src/serialize/schema_text.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <string_view>

#include "schema/conditions.h"
#include "schema/events.h"
#include "schema/options.h"

namespace pidigree {
namespace {

std::string_view Name(DefaultAction action) {
  switch (action) {
    case DefaultAction::kInclude:
      return "include";
    case DefaultAction::kExclude:
      return "exclude";
    case DefaultAction::kAlways:
      return "always";
  }
  return {};
}

std::string_view Name(OptionArgument argument) {
  switch (argument) {
    case OptionArgument::kNone:
      return "none";
    case OptionArgument::kOptional:
      return "optional";
    case OptionArgument::kRequired:
      return "required";
  }
  return {};
}

std::string_view Form(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return "text";
    case FieldType::kUtcTime:
      return "time";
    case FieldType::kGuid:
      return "GUID";
    case FieldType::kUInt16:
    case FieldType::kUInt32:
    case FieldType::kPid:
    case FieldType::kLogonId:
      return "number";
    case FieldType::kHexInt32:
      return "hex";
    case FieldType::kBoolean:
      return "boolean";
  }
  return {};
}

// The schema version that has the field in this event.
std::string_view SinceOf(const EventType& event, const Field& field) {
  return std::max(event.since, field.since);
}

bool HappensOnLinux(const EventType& event) {
  return std::ranges::any_of(event.fields, &Field::meaningful);
}

// ---- sysmon -s ----

// ` name="value"`. Nothing in the schema's names needs escaping.
std::string Attribute(std::string_view name, std::string_view value) {
  return std::string(" ").append(name).append("=\"").append(value).append("\"");
}

std::string SysmonText() {
  std::string out = "<manifest" + Attribute("schemaversion", kSchemaVersion) +
                    Attribute("binaryversion", PIDIGREE_VERSION) + ">\n";
  out += "  <configuration>\n    <options>\n";
  for (const ConfigOption& option : kConfigOptions)
    out += "      <option" + Attribute("name", option.name) +
           Attribute("argument", Name(option.argument)) + " />\n";
  out += "    </options>\n    <filters" + Attribute("default", kConditions[0].name) + ">";
  for (const ConditionType& condition : kConditions)
    out.append(condition.condition == Condition::kIs ? "" : ",").append(condition.name);
  out += "</filters>\n  </configuration>\n  <events>\n";
  for (const EventType* event : kAllEvents) {
    out += "    <event" + Attribute("name", event->symbol) +
           Attribute("value", std::to_string(event->id)) +
           Attribute("level", event->level == 2 ? "Error" : "Informational") +
           Attribute("template", event->task.substr(0, event->task.find(" (rule: ")));
    if (!event->rule.empty())
      out += Attribute("rulename", event->rule) + Attribute("ruledefault", Name(event->by_default));
    out += Attribute("version", std::to_string(event->version)) + ">\n";
    for (const Field& field : event->fields) {
      const std::string_view type = ManifestType(field.type);
      const size_t slash = type.find('/');
      out += "      <data" + Attribute("name", field.name) +
             Attribute("inType", "win:" + std::string(type.substr(0, slash)));
      if (slash != type.npos)
        out += Attribute("outType", "win:" + std::string(type.substr(slash + 1)));
      out += " />\n";
    }
    out += "    </event>\n";
  }
  return out + "  </events>\n</manifest>\n";
}

// ---- JSON ----

using JsonWriter = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void Member(JsonWriter& json, const char* name, std::string_view value) {
  json.Key(name);
  json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void Member(JsonWriter& json, const char* name, unsigned value) {
  json.Key(name);
  json.Uint(value);
}

void Member(JsonWriter& json, const char* name, bool value) {
  json.Key(name);
  json.Bool(value);
}

// An array of objects, whose members `put` writes.
template <typename Items, typename Put>
void Array(JsonWriter& json, const char* name, const Items& items, Put put) {
  json.Key(name);
  json.StartArray();
  for (const auto& item : items) {
    json.StartObject();
    put(item);
    json.EndObject();
  }
  json.EndArray();
}

void PutEvent(JsonWriter& json, const EventType& event) {
  Member(json, "id", unsigned{event.id});
  Member(json, "version", unsigned{event.version});
  Member(json, "level", unsigned{event.level});
  Member(json, "name", event.name);
  if (!event.rule.empty()) Member(json, "rule", event.rule);
  Member(json, "task", event.task);
  Member(json, "default", Name(event.by_default));
  Member(json, "since", event.since);
  Member(json, "linux", HappensOnLinux(event));
  Member(json, "doc", event.doc);
  Array(json, "fields", event.fields, [&](const Field& field) {
    Member(json, "name", field.name);
    Member(json, "form", Form(field.type));
    Member(json, "type", ManifestType(field.type));
    Member(json, "since", SinceOf(event, field));
    Member(json, "linux", field.meaningful);
    Member(json, "doc", field.doc);
  });
}

std::string JsonText() {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  Member(json, "schemaversion", kSchemaVersion);
  Array(json, "events", kAllEvents, [&](const EventType* event) { PutEvent(json, *event); });
  Array(json, "conditions", kConditions, [&](const ConditionType& condition) {
    Member(json, "name", condition.name);
    Member(json, "list", condition.list);
    Member(json, "doc", condition.doc);
  });
  Array(json, "options", kConfigOptions, [&](const ConfigOption& option) {
    Member(json, "name", option.name);
    Member(json, "argument", Name(option.argument));
    Member(json, "supported", option.support == OptionSupport::kSupported);
    Member(json, "doc", option.doc);
  });
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

// ---- Markdown ----

// One row of a table.
std::string Row(std::initializer_list<std::string_view> cells) {
  std::string out = "|";
  for (const std::string_view cell : cells) out.append(" ").append(cell).append(" |");
  return out + "\n";
}

constexpr std::string_view kIntroduction =
    R"(<!-- Generated by `pidigree schema --format markdown` from schema/; do not edit. -->

# Events

The vocabulary that Pidigree shares with Sysmon: ids, names, versions and the order of fields are
Sysmon's (schema SCHEMAVERSION), the meaning on Linux is Pidigree's. A configuration may name every
event that has a rule. Events and fields without a counterpart on Linux are kept so that
configurations and parsers need no change; such an event is never written, and such a field says
nothing.

Every field is printed as text, and that text is what filters compare with:

| form | text |
| --- | --- |
| text | as it is; `-` if there is none |
| time | `YYYY-MM-DD hh:mm:ss.mmm`, UTC |
| GUID | `{8-4-4-4-12}` hex digits in lower case; zeros if there is none |
| number | decimal; process ids and ports are 0 if there is none |
| hex | `0x1f` |
| boolean | `true` or `false` |
)";

std::string MarkdownText() {
  std::string out(kIntroduction);
  constexpr std::string_view kPlaceholder = "SCHEMAVERSION";
  out.replace(out.find(kPlaceholder), kPlaceholder.size(), kSchemaVersion);

  out += "\n" + Row({"id", "event", "rule", "without a rule", "on Linux"}) +
         Row({"---", "---", "---", "---", "---"});
  for (const EventType* event : kAllEvents)
    out += Row({std::to_string(event->id), event->name, event->rule.empty() ? "-" : event->rule,
                Name(event->by_default), HappensOnLinux(*event) ? event->doc : "-"});

  for (const EventType* event : kAllEvents) {
    out += "\n## " + std::to_string(event->id) + " " + std::string(event->name) + "\n\n";
    out += std::string(event->doc) + "\n";
    if (!HappensOnLinux(*event)) out += "Linux has nothing like it: never written.\n";
    out += "\nVersion " + std::to_string(event->version) + ", in the schema since " +
           std::string(event->since) + ".\n\n";
    out += Row({"field", "form", "since", "meaning"}) + Row({"---", "---", "---", "---"});
    for (const Field& field : event->fields)
      out += Row({field.name, Form(field.type), SinceOf(*event, field), field.doc});
  }

  out +=
      "\n# Conditions\n\nOf filters in a configuration. Letter case never counts; without a "
      "`condition` attribute a filter\nmeans `is`. Items of a list are separated by `;`.\n\n" +
      Row({"condition", "value", "holds if"}) + Row({"---", "---", "---"});
  for (const ConditionType& condition : kConditions)
    out += Row({condition.name, condition.list ? "list" : "text", condition.doc});

  out +=
      "\n# Options\n\nElements of a configuration beside `EventFiltering`. Those that mean "
      "nothing on Linux are accepted\nwith a warning.\n\n" +
      Row({"element", "on Linux", "meaning"}) + Row({"---", "---", "---"});
  for (const ConfigOption& option : kConfigOptions)
    out += Row({option.name, option.support == OptionSupport::kSupported ? "supported" : "ignored",
                option.doc});
  return out;
}

}  // namespace

std::string SchemaText(SchemaFormat format) {
  switch (format) {
    case SchemaFormat::kSysmon:
      return SysmonText();
    case SchemaFormat::kJson:
      return JsonText();
    case SchemaFormat::kMarkdown:
      return MarkdownText();
  }
  return {};
}

}  // namespace pidigree
