// What is written of recorded streams of the BPF programs (tests/data/wire) stays the same byte for
// byte, unless a change means to change it.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "src/config/config.h"
#include "src/filter/rule_set.h"
#include "src/records/live_engine.h"
#include "src/serialize/line_serializer.h"
#include "src/source/bpf/wire_decoder.h"
#include "tests/oracle/output_digests.h"
#include "tests/support/gzip.h"
#include "tests/support/live_host.h"

namespace pidigree {
namespace {

// Facts of one batch: each line is in the batch that the fact before it began.
constexpr size_t kFactsPerBatch = 64;

class Replay {
 public:
  explicit Replay(const std::string& stream) : stream_(stream) {
    host_.clock.boot_ns = HeaderAt(0).time_ns;
    host_.live->engine.BeginBatch(batch_);
  }
  ~Replay() { host_.live->engine.Recycle(batch_); }

  void SetFilter(std::shared_ptr<const RecordFilter> filter) {
    host_.live->engine.SetPolicy({.filter = std::move(filter)});
    host_.live->engine.BeginBatch(batch_);
  }

  // All lines.
  std::string Run() {
    host_.live->lineage.BeginSnapshot();
    size_t at = Decode(0, WIRE_TASK);
    host_.live->lineage.EndSnapshot();
    for (size_t facts = 1; at < stream_.size(); ++facts) {
      at += DecodeOne(at);
      if (facts % kFactsPerBatch == 0) NextBatch();
    }
    NextBatch();
    return std::string(lines_.view());
  }

 private:
  wire_header HeaderAt(size_t at) const {
    wire_header header{};
    std::memcpy(&header, stream_.data() + at, sizeof header);
    return header;
  }

  size_t DecodeOne(size_t at) {
    const size_t size = HeaderAt(at).size;
    EXPECT_LE(at + size, stream_.size());
    host_.clock.boot_ns = std::max<uint64_t>(host_.clock.boot_ns, HeaderAt(at).time_ns);
    EXPECT_TRUE(
        decoder_.Decode(std::as_bytes(std::span(stream_).subspan(at, size)), host_.live->engine));
    return size;
  }

  // As long as records are of `kind`; where the next begins.
  size_t Decode(size_t at, uint32_t kind) {
    while (at < stream_.size() && HeaderAt(at).kind == kind) at += DecodeOne(at);
    return at;
  }

  void NextBatch() {
    for (const Record& record : batch_.records.records()) {
      serializer_.Append(record, 0, lines_);
      lines_.Append('\n');
    }
    host_.live->engine.Recycle(batch_);
    host_.live->engine.BeginBatch(batch_);
  }

  const std::string& stream_;
  LiveHost host_;
  EventBatch batch_;
  WireDecoder decoder_;
  const XmlSerializer serializer_{Writer{}};
  ByteBuffer lines_;
};

class RecordedStream : public testing::TestWithParam<const char*> {
 protected:
  RecordedStream()
      : stream_(
            ReadGzip(PIDIGREE_SOURCE_DIR "/tests/data/wire/" + std::string(GetParam()) + ".gz")) {}

  const std::string stream_;
};

TEST_P(RecordedStream, IsWrittenAsBefore) { ExpectSameOutput(GetParam(), Replay(stream_).Run()); }

TEST_P(RecordedStream, IsFilteredAsBefore) {
  const LoadedConfig loaded = LoadConfig(R"(<Sysmon schemaversion="4.90"><EventFiltering>
      <ProcessCreate onmatch="exclude"><Description condition="is">fork</Description></ProcessCreate>
      <FileCreate onmatch="include"><TargetFilename condition="contains">1</TargetFilename></FileCreate>
      <FileDelete onmatch="exclude"/>
      <NetworkConnect onmatch="exclude"><Protocol condition="is">udp</Protocol></NetworkConnect>
      <PipeEvent onmatch="exclude"/>
      </EventFiltering></Sysmon>)");
  ASSERT_TRUE(loaded.ok());
  Replay replay(stream_);
  replay.SetFilter(std::make_shared<RuleSet>(loaded.config));
  ExpectSameOutput(std::string(GetParam()) + "-filtered", replay.Run());
}

INSTANTIATE_TEST_SUITE_P(Of, RecordedStream, testing::Values("functions", "calls"));

}  // namespace
}  // namespace pidigree
