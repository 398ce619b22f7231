#include "src/serialize/schema_text.h"

#include <gmock/gmock.h>
#include <rapidjson/document.h>
#include <tinyxml2.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "schema/conditions.h"
#include "schema/events.h"
#include "schema/options.h"

namespace pidigree {
namespace {

TEST(SchemaText, IsTheCommittedDocument) {
  const std::string path = PIDIGREE_SOURCE_DIR "/docs/events.md";
  const std::string text = SchemaText(SchemaFormat::kMarkdown);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text)
      << "UPDATE_GOLDEN=1 writes docs/events.md anew";
}

TEST(SchemaText, IsAManifestAsSysmonPrintsIt) {
  tinyxml2::XMLDocument document;
  ASSERT_EQ(document.Parse(SchemaText(SchemaFormat::kSysmon).c_str()), tinyxml2::XML_SUCCESS);
  const tinyxml2::XMLElement* manifest = document.RootElement();
  EXPECT_STREQ(manifest->Name(), "manifest");
  EXPECT_STREQ(manifest->Attribute("schemaversion"), "4.90");
  EXPECT_STREQ(manifest->Attribute("binaryversion"), PIDIGREE_VERSION);
  EXPECT_STREQ(
      manifest->FirstChildElement("configuration")->FirstChildElement("filters")->GetText(),
      "is,is not,is any,contains,contains any,contains all,excludes,excludes any,"
      "excludes all,begin with,not begin with,end with,not end with,less than,more than,"
      "image");

  const auto* event = manifest->FirstChildElement("events")->FirstChildElement("event");
  EXPECT_STREQ(event->Attribute("name"), "SYSMONEVENT_CREATE_PROCESS");
  EXPECT_STREQ(event->Attribute("value"), "1");
  EXPECT_STREQ(event->Attribute("level"), "Informational");
  EXPECT_STREQ(event->Attribute("template"), "Process Create");
  EXPECT_STREQ(event->Attribute("rulename"), "ProcessCreate");
  EXPECT_STREQ(event->Attribute("ruledefault"), "include");
  EXPECT_STREQ(event->Attribute("version"), "5");
  const auto* process_id = event->FirstChildElement("data")
                               ->NextSiblingElement()
                               ->NextSiblingElement()
                               ->NextSiblingElement();
  EXPECT_STREQ(process_id->Attribute("name"), "ProcessId");
  EXPECT_STREQ(process_id->Attribute("inType"), "win:UInt32");
  EXPECT_STREQ(process_id->Attribute("outType"), "win:PID");

  for (const EventType* type : kAllEvents) {
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->IntAttribute("value"), type->id);
    const auto* data = event->FirstChildElement();
    for (const Field& field : type->fields) {
      ASSERT_NE(data, nullptr);
      EXPECT_EQ(data->Attribute("name"), field.name);
      data = data->NextSiblingElement();
    }
    EXPECT_EQ(data, nullptr);
    event = event->NextSiblingElement();
  }
  EXPECT_EQ(event, nullptr);
}

TEST(SchemaText, IsAnObjectOfEverything) {
  rapidjson::Document document;
  document.Parse(SchemaText(SchemaFormat::kJson).c_str());
  ASSERT_FALSE(document.HasParseError());
  EXPECT_STREQ(document["schemaversion"].GetString(), "4.90");
  const auto& events = document["events"];
  ASSERT_EQ(events.Size(), kAllEvents.size());
  for (rapidjson::SizeType i = 0; i < events.Size(); ++i) {
    EXPECT_EQ(events[i]["id"].GetUint(), kAllEvents[i]->id);
    EXPECT_EQ(events[i]["fields"].Size(), kAllEvents[i]->fields.size());
  }
  EXPECT_FALSE(events[11]["linux"].GetBool()) << "12, of the registry";
  EXPECT_EQ(document["conditions"].Size(), kConditions.size());
  EXPECT_EQ(document["options"].Size(), kConfigOptions.size());
}

}  // namespace
}  // namespace pidigree
