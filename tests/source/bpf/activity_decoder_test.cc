// Records of what processes do to each other, and of the code that they and the kernel take in.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include "src/event/access_fact.h"
#include "src/event/code_fact.h"
#include "src/source/bpf/wire_decoder.h"

namespace pidigree {
namespace {

struct LastActivity : FactConsumer {
  using FactConsumer::Apply;
  void Apply(const TaskFact&) override {}
  void Apply(const ForkFact&) override {}
  void Apply(const ExecFact&) override {}
  void Apply(const ExitFact&) override {}
  void Apply(const AccessFact& fact) override { access = fact, ++count; }
  void Apply(const ImageFact& fact) override { image = fact, ++count; }
  void Apply(const ModuleFact& fact) override { module = fact, ++count; }
  void Apply(const BpfProgramFact& fact) override { program = fact, ++count; }

  AccessFact access;
  ImageFact image;
  ModuleFact module;
  BpfProgramFact program;
  int count = 0;
};

class ActivityDecoderTest : public testing::Test {
 protected:
  template <typename Wire>
  bool Decode(Wire wire, wire_kind kind, const std::string& text = "") {
    wire.header.kind = kind;
    wire.header.size = static_cast<uint32_t>(sizeof(wire) + text.size());
    wire.header.time_ns = 9;
    wire.actor = {
        .process = {.start_ns = 50, .tgid = 42}, .uid = 1000, .mount_ns = 3, .program = 8};
    record_.assign(reinterpret_cast<const char*>(&wire), sizeof(wire));
    record_ += text;
    return decoder_.Decode(std::as_bytes(std::span(record_)), last_);
  }

  static void ExpectActor(const Subject& actor) {
    EXPECT_EQ(actor.time_ns, 9u);
    EXPECT_EQ(actor.process, (ProcessKey{42, 50}));
    EXPECT_EQ(actor.ids.uid, 1000u);
    EXPECT_EQ(actor.mount_namespace, 3u);
    EXPECT_EQ(actor.program, 8u);
  }

  std::string record_;
  WireDecoder decoder_;
  LastActivity last_;
};

TEST_F(ActivityDecoderTest, Access) {
  wire_access wire{};
  wire.target = {.start_ns = 60, .tgid = 43};
  wire.actor_tid = 44;
  wire.target_tid = 45;
  wire.target_uid = 46;
  wire.action = ACTION_ACCESS_REGISTERS;
  wire.address = 0x1234;
  ASSERT_TRUE(Decode(wire, WIRE_ACCESS));
  ExpectActor(last_.access.subject);
  EXPECT_EQ(last_.access.target, (ProcessKey{43, 60}));
  EXPECT_EQ(last_.access.actor_tid, 44u);
  EXPECT_EQ(last_.access.target_tid, 45u);
  EXPECT_EQ(last_.access.target_uid, 46u);
  EXPECT_EQ(last_.access.kind, AccessKind::kRegisters);
  EXPECT_EQ(last_.access.address, std::nullopt);
  EXPECT_FALSE(last_.access.readable || last_.access.writable);

  wire.flags = WIRE_ACCESS_ADDRESS | WIRE_ACCESS_READABLE | WIRE_ACCESS_WRITABLE;
  ASSERT_TRUE(Decode(wire, WIRE_ACCESS));
  EXPECT_EQ(last_.access.address, 0x1234u);
  EXPECT_TRUE(last_.access.readable && last_.access.writable);
}

TEST_F(ActivityDecoderTest, BadAccess) {
  wire_access wire{};
  wire.action = ACTION_ACCESS_ATTACH;
  EXPECT_FALSE(Decode(wire, WIRE_ACCESS, "x"));
  for (const uint32_t action : {0u, ACTION_ACCESS_MEMORY_FILE + 1u}) {
    wire.action = action;
    EXPECT_FALSE(Decode(wire, WIRE_ACCESS)) << action;
  }
  wire.action = ACTION_ACCESS_ATTACH;
  wire.target.tgid = uint64_t{1} << 32;
  EXPECT_FALSE(Decode(wire, WIRE_ACCESS));
  EXPECT_EQ(last_.count, 0);
}

TEST_F(ActivityDecoderTest, Image) {
  const std::string path("x.so\0lib\0", 9);
  wire_image wire{};
  wire.file.inode = 7;
  wire.action = ACTION_IMAGE_REPLACED;
  wire.path = {9, WIRE_PATH_PRESENT};
  ASSERT_TRUE(Decode(wire, WIRE_IMAGE, path));
  ExpectActor(last_.image.subject);
  EXPECT_EQ(last_.image.action, ImageAction::kReplaced);
  EXPECT_EQ(last_.image.path.text, "/lib/x.so");
  EXPECT_EQ(last_.image.file.inode, 7u);
  wire.action = 0;
  EXPECT_FALSE(Decode(wire, WIRE_IMAGE, path));
  wire.action = ACTION_IMAGE_MAPPED;
  wire.path.size = 10;
  EXPECT_FALSE(Decode(wire, WIRE_IMAGE, path));
  wire.path.size = 0;
  EXPECT_FALSE(Decode(wire, WIRE_IMAGE, path));
}

TEST_F(ActivityDecoderTest, Module) {
  wire_module wire{};
  std::memset(wire.name, 'n', sizeof wire.name);  // without a NUL
  wire.signature = WIRE_SIGNATURE_VALID;
  ASSERT_TRUE(Decode(wire, WIRE_MODULE));
  ExpectActor(last_.module.subject);
  EXPECT_EQ(last_.module.name, std::string(sizeof wire.name, 'n'));
  EXPECT_EQ(last_.module.path.text, "");
  EXPECT_EQ(last_.module.valid_signature, true);
  wire.signature = WIRE_SIGNATURE_MISSING;
  ASSERT_TRUE(Decode(wire, WIRE_MODULE));
  EXPECT_EQ(last_.module.valid_signature, false);
  wire.signature = WIRE_SIGNATURE_UNKNOWN;
  ASSERT_TRUE(Decode(wire, WIRE_MODULE));
  EXPECT_EQ(last_.module.valid_signature, std::nullopt);
  wire.signature = WIRE_SIGNATURE_VALID + 1;
  EXPECT_FALSE(Decode(wire, WIRE_MODULE));
}

TEST_F(ActivityDecoderTest, BpfProgram) {
  wire_bpf_program wire{};
  wire.id = 5;
  wire.type = 6;
  std::memcpy(wire.name, "name", 4);
  ASSERT_TRUE(Decode(wire, WIRE_BPF_PROGRAM));
  ExpectActor(last_.program.subject);
  EXPECT_EQ(last_.program.id, 5u);
  EXPECT_EQ(last_.program.type, 6u);
  EXPECT_EQ(last_.program.name, "name");
  EXPECT_FALSE(Decode(wire, WIRE_BPF_PROGRAM, "x"));
}

}  // namespace
}  // namespace pidigree
