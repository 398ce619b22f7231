#include "src/source/audit/log_input.h"

#include <bzlib.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/gzip.h"
#include "tests/support/temp_dir.h"

namespace pidigree {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr LogInputOptions kSmall{.read_bytes = 64, .max_line_bytes = 100};

// All that an input has, as one text. Checks what must hold for each chunk.
std::string ReadAll(LogInput& input) {
  std::string all;
  std::string file;
  uint64_t offset = 0;
  LogChunk chunk;
  while (input.Read(chunk) == LogInput::Outcome::kChunk) {
    EXPECT_FALSE(chunk.text.empty());
    if (chunk.file->name != file) offset = 0;
    file = chunk.file->name;
    EXPECT_GE(chunk.offset, offset);
    offset = chunk.offset + chunk.text.size();
    all += chunk.text;
  }
  return all;
}

std::string Messages(const LogInput& input) {
  std::string messages;
  for (const Error& problem : input.problems()) messages += problem.message + "\n";
  return messages;
}

std::string NumberedLines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "line " + std::to_string(i) + "\n";
  return lines;
}

class LogInputTest : public testing::Test {
 protected:
  const TempDir dir_;
};

TEST_F(LogInputTest, KnowsTheSetsAndHostsOfFiles) {
  const std::string path = dir_.Write("audit.log.1", "two\n");
  LogInput input(
      {dir_.Write("audit.log", "three\n"), dir_.Write("audit.log.2.gz", Gzip("one\n")), path}, {},
      {{path, "web1"}});
  EXPECT_EQ(ReadAll(input), "one\ntwo\nthree\n");
  for (const auto& file : input.files()) {
    EXPECT_EQ(file->set, dir_.Path("audit.log"));
    EXPECT_EQ(file->host, file->name == path ? "web1" : "");
  }
}

TEST_F(LogInputTest, HandsOutWholeLinesOnly) {
  const std::string lines = NumberedLines(200);
  LogInput input({dir_.Write("log", lines)}, kSmall);
  LogChunk chunk;
  std::string all;
  while (input.Read(chunk) == LogInput::Outcome::kChunk) {
    EXPECT_EQ(chunk.offset, all.size());
    EXPECT_EQ(chunk.text.back(), '\n');
    all += chunk.text;
  }
  EXPECT_EQ(all, lines);
  EXPECT_EQ(Messages(input), "");
}

TEST_F(LogInputTest, ChunksStayWholeWhileLaterOnesAreRead) {
  const std::string lines = NumberedLines(500);
  LogInput input({dir_.Write("log", lines)}, kSmall);
  std::vector<LogChunk> chunks(1);
  while (input.Read(chunks.back()) == LogInput::Outcome::kChunk) chunks.emplace_back();
  std::string all;
  for (const LogChunk& chunk : chunks) all += chunk.text;
  EXPECT_EQ(all, lines);
}

TEST_F(LogInputTest, HandsOutALineCutByTheEndOfItsFile) {
  LogInput input({dir_.Write("audit.log.1", "one\ntw"), dir_.Write("audit.log", "o\nthree")});
  LogChunk chunk;
  std::vector<std::string> texts;
  while (input.Read(chunk) == LogInput::Outcome::kChunk)
    texts.push_back(chunk.file->name.substr(dir_.Path("").size()) + ":" +
                    std::to_string(chunk.offset) + ":" + std::string(chunk.text));
  EXPECT_THAT(texts, ElementsAre("audit.log.1:0:one\n", "audit.log.1:4:tw", "audit.log:0:o\n",
                                 "audit.log:2:three"));
}

TEST_F(LogInputTest, ReadsRotatedSetsFromTheOldestOnWhateverTheirOrder) {
  LogInput input({dir_.Write("audit.log", "3\n"), dir_.Write("audit.log.10.gz", Gzip("1\n")),
                  dir_.Write("audit.log.9", "2\n")});
  EXPECT_EQ(ReadAll(input), "1\n2\n3\n");
}

TEST_F(LogInputTest, ReadsUnrelatedFilesByTheirFirstRecord) {
  const std::string first = "type=EOE msg=audit(100.000:1): \n";
  const std::string second = "type=EOE msg=audit(200.000:2): \n";
  LogInput input({dir_.Write("a", second), dir_.Write("b.gz", Gzip(first))});
  EXPECT_EQ(ReadAll(input), first + second);
}

TEST_F(LogInputTest, ReadsAFileThatIsNamedTwiceOnce) {
  const std::string path = dir_.Write("log", "one\n");
  LogInput input({path, dir_.Path("./log")});
  EXPECT_EQ(ReadAll(input), "one\n");
}

TEST_F(LogInputTest, KnowsGzipByItsBytesNotByItsName) {
  LogInput input({dir_.Write("audit.log", Gzip("packed\n")), dir_.Write("plain.gz", "plain\n")});
  EXPECT_EQ(ReadAll(input), "packed\nplain\n");
  EXPECT_EQ(Messages(input), "");
}

TEST_F(LogInputTest, JoinsGzipMembersAndIgnoresZerosBehindThem) {
  const std::string lines = NumberedLines(50'000);
  const std::string gz = Gzip(lines) + Gzip("ta") + Gzip("il\n") + std::string(700, '\0');
  LogInput input({dir_.Write("log.gz", gz)});
  EXPECT_EQ(ReadAll(input), lines + "tail\n");
  EXPECT_EQ(Messages(input), "");
}

TEST_F(LogInputTest, UsesWhatCameBeforeATruncationOfGzip) {
  const std::string gz = Gzip("one\n") + Gzip("two\n");
  const std::string path = dir_.Write("log.gz", gz.substr(0, gz.size() - 5));
  LogInput input({path, dir_.Write("next", "next\n")}, kSmall);
  EXPECT_EQ(ReadAll(input), "one\ntwo\nnext\n");
  EXPECT_EQ(Messages(input),
            path + ": gzip data is cut off at byte " + std::to_string(gz.size() - 5) + "\n");
}

TEST_F(LogInputTest, SaysWhereGzipIsDamaged) {
  std::string gz = Gzip("one\n");
  gz[gz.size() - 8] ^= 1;  // the CRC of RFC 1952
  const std::string path = dir_.Write("log.gz", gz);
  LogInput input({path});
  EXPECT_EQ(ReadAll(input), "one\n");
  EXPECT_THAT(Messages(input), testing::StartsWith(path + ": damaged gzip data at byte "));
  EXPECT_THAT(Messages(input), testing::HasSubstr("incorrect data check"));
}

TEST_F(LogInputTest, SaysThatSomethingElseFollowsTheGzip) {
  const std::string path = dir_.Write("log.gz", Gzip("one\n") + "not gzip");
  LogInput input({path});
  EXPECT_EQ(ReadAll(input), "one\n");
  EXPECT_THAT(Messages(input), testing::HasSubstr("damaged gzip data at byte"));
}

using Compressor = std::string (*)(std::string_view);

std::string Xz(std::string_view content) {
  std::string out(lzma_stream_buffer_bound(content.size()), '\0');
  size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(
                0, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const uint8_t*>(content.data()),
                content.size(), reinterpret_cast<uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  return out.substr(0, size);
}

std::string Zstd(std::string_view content) {
  std::string out(ZSTD_compressBound(content.size()), '\0');
  return out.substr(0, ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 1));
}

std::string Bzip2(std::string_view content) {
  std::string in(content);
  std::string out(content.size() * 2 + 1000, '\0');
  auto size = static_cast<unsigned>(out.size());
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, in.data(), static_cast<unsigned>(in.size()),
                                     1, 0, 0),
            BZ_OK);
  return out.substr(0, size);
}

TEST_F(LogInputTest, ReadsEachKindOfCompression) {
  const std::string lines = NumberedLines(50'000);
  for (const Compressor compress : {Gzip, Xz, Zstd, Bzip2}) {
    const std::string data = compress(lines) + compress("ta") + compress("il\n");
    LogInput input({dir_.Write("log", data)});
    EXPECT_EQ(ReadAll(input), lines + "tail\n");
    EXPECT_EQ(Messages(input), "");

    LogInput cut({dir_.Write("log", data.substr(0, data.size() - 5))});
    EXPECT_THAT(ReadAll(cut), testing::StartsWith(lines));
    EXPECT_THAT(Messages(cut), testing::HasSubstr(" data is cut off at byte "));

    std::string damaged = compress("one\n");
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
    LogInput wrong({dir_.Write("log", damaged)});
    ReadAll(wrong);
    EXPECT_THAT(Messages(wrong), testing::HasSubstr(" data "));
  }
}

// The first bytes of a kind of compression may be all that there is, or come one by one.
TEST_F(LogInputTest, ReadsTextThatBeginsLikeCompressedData) {
  for (const char* text : {"B", "BZ", "BZ\n", "(\xb5", "\x1f"}) {
    LogInput input({dir_.Write("log", text)});
    EXPECT_EQ(ReadAll(input), text);
    EXPECT_EQ(Messages(input), "");
  }
}

TEST_F(LogInputTest, GoesOnAfterWhatCannotBeRead) {
  LogInput input({dir_.Path("none"), dir_.Path("."), dir_.Write("log", "one\n")});
  EXPECT_EQ(ReadAll(input), "one\n");
  EXPECT_EQ(Messages(input), "open " + dir_.Path("none") + ": No such file or directory\n" +
                                 dir_.Path(".") + " is a directory, not a log\n");
  EXPECT_THAT(input.files(), SizeIs(1));
}

TEST_F(LogInputTest, AnEmptyFileHasNoChunks) {
  LogInput input({dir_.Write("log", ""), "/dev/null"});
  EXPECT_EQ(ReadAll(input), "");
  EXPECT_EQ(Messages(input), "");
}

TEST_F(LogInputTest, DropsALineThatIsTooLongButKeepsItsNewline) {
  LogInput input({dir_.Write("log", "one\n" + std::string(101, 'x') + "\nthree\n")}, kSmall);
  EXPECT_EQ(ReadAll(input), "one\n\nthree\n");
  EXPECT_EQ(input.dropped_lines(), 1u);
  ASSERT_THAT(input.dropped(), SizeIs(1));
  EXPECT_EQ(input.dropped()[0].file, dir_.Path("log"));
  EXPECT_EQ(input.dropped()[0].offset, 4u);
  EXPECT_EQ(input.dropped()[0].bytes, 101u);
}

TEST_F(LogInputTest, DropsALongLineThatTheEndCuts) {
  LogInput input({dir_.Write("a.1", std::string(5000, 'x')), dir_.Write("a", "one\n")}, kSmall);
  EXPECT_EQ(ReadAll(input), "one\n");
  ASSERT_THAT(input.dropped(), SizeIs(1));
  EXPECT_EQ(input.dropped()[0].bytes, 5000u);
}

// A plain implementation of the same, over random lines around all the limits.
TEST_F(LogInputTest, AgreesWithReadingLineByLine) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    std::string expected;
    uint64_t dropped = 0;
    for (int i = 0; i < 30; ++i) {
      const size_t size = random() % (i % 3 == 0 ? 400 : 20);
      const std::string line(size, static_cast<char>('a' + i % 26));
      const bool too_long = size > kSmall.max_line_bytes;
      dropped += too_long;
      const bool cut = i == 29 && random() % 2 == 0;
      text += line + (cut ? "" : "\n");
      expected += (too_long ? "" : line) + (cut ? "" : "\n");
    }
    LogInput plain({dir_.Write("log", text)}, kSmall);
    EXPECT_EQ(ReadAll(plain), expected);
    EXPECT_EQ(plain.dropped_lines(), dropped);
    LogInput packed({dir_.Write("log.gz", Gzip(text))}, kSmall);
    EXPECT_EQ(ReadAll(packed), expected);
    EXPECT_EQ(packed.dropped_lines(), dropped);
  }
}

TEST_F(LogInputTest, TellsHowFarItIs) {
  const std::string gz = Gzip(NumberedLines(1000));
  LogInput input({dir_.Write("a", "one\n"), dir_.Write("b.gz", gz)});
  ASSERT_EQ(input.total_bytes(), 4 + gz.size());
  EXPECT_EQ(input.consumed_bytes(), 0u);
  ReadAll(input);
  EXPECT_EQ(input.consumed_bytes(), 4 + gz.size());
}

TEST_F(LogInputTest, StopsInTheMiddleOfAFileAndSaysSo) {
  const std::string path = dir_.Write("log", NumberedLines(100));
  LogInput input({path}, kSmall);
  LogChunk chunk;
  ASSERT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  input.Stop();
  while (input.Read(chunk) == LogInput::Outcome::kChunk) {
  }
  EXPECT_EQ(Messages(input), path + " was not read to its end: stopped\n");
}

TEST_F(LogInputTest, IsSilentOfWhatNobodyHasUseFor) {
  LogInput input({dir_.Write("log", NumberedLines(100))}, kSmall);
  LogChunk chunk;
  ASSERT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  input.Abandon();
  while (input.Read(chunk) == LogInput::Outcome::kChunk) {
  }
  EXPECT_EQ(Messages(input), "");
  EXPECT_LT(input.consumed_bytes(), input.total_bytes());
}

// A named pipe stands for every live input.
class LiveLogInput : public LogInputTest {
 protected:
  LiveLogInput() {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0);
    writer_ = UniqueFd(open(path_.c_str(), O_RDWR | O_CLOEXEC));  // does not wait for a reader
  }
  void Write(std::string_view text) {
    ASSERT_EQ(write(writer_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void Hangup() { writer_ = UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

  const std::string path_ = dir_.Path("pipe");
  UniqueFd writer_;
};

constexpr LogInputOptions kImpatient{.idle = std::chrono::milliseconds(1),
                                     .gather = std::chrono::milliseconds(0)};

TEST_F(LiveLogInput, HandsOnWhatIsThereAtLineEnds) {
  LogInput input({path_}, kImpatient);
  EXPECT_TRUE(input.has_live());
  EXPECT_EQ(input.total_bytes(), std::nullopt);
  LogChunk chunk;
  Write("one\ntwo\nthr");
  ASSERT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "one\ntwo\n");
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kIdle);
  Write("ee\n");
  ASSERT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "three\n");
  EXPECT_EQ(chunk.offset, 8u);
  Write("cut");
  Hangup();
  ASSERT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "cut");
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kEnd);
}

TEST_F(LiveLogInput, TellsEachSilence) {
  LogInput input({path_}, kImpatient);
  LogChunk chunk;
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kIdle);
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kIdle);
}

TEST_F(LiveLogInput, PutsManySmallPiecesIntoOneBuffer) {
  LogInput input({path_}, kImpatient);
  std::vector<LogChunk> chunks;
  for (int i = 0; i < 100; ++i) {
    Write("line\n");
    chunks.emplace_back();
    ASSERT_EQ(input.Read(chunks.back()), LogInput::Outcome::kChunk);
  }
  EXPECT_EQ(chunks.front().buffer, chunks.back().buffer);
}

TEST_F(LiveLogInput, UnpacksGzipThatComesInPieces) {
  LogInput input({path_}, kImpatient);
  const std::string gz = Gzip("one\ntwo\n");
  LogChunk chunk;
  Write(gz.substr(0, 12));
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kIdle);
  Write(gz.substr(12));
  ASSERT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "one\ntwo\n");
}

TEST_F(LiveLogInput, GathersWhatComesSoonIntoOneChunk) {
  LogInput input({path_}, {.gather = std::chrono::hours(1)});
  Write("one\n");
  std::thread rest([this] {
    Write("two\n");
    Hangup();
  });
  LogChunk chunk;
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "one\ntwo\n");
  rest.join();
}

TEST_F(LiveLogInput, GathersNoMoreThanAChunk) {
  LogInput input({path_}, {.read_bytes = 8, .gather = std::chrono::hours(1)});
  Write("one\ntwo\nthree\n");
  LogChunk chunk;
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "one\ntwo\n");
}

TEST_F(LiveLogInput, StopEndsGathering) {
  LogInput input({path_}, {.gather = std::chrono::hours(1)});
  Write("one\n");
  std::thread stopper([&input] { input.Stop(); });
  LogChunk chunk;
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kChunk);
  EXPECT_EQ(chunk.text, "one\n");
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kEnd);
  stopper.join();
}

TEST_F(LiveLogInput, StopsAfterWhatHasAlreadyCome) {
  LogInput input({path_}, kSmall);
  const std::string lines = NumberedLines(100);
  Write(lines);
  input.Stop();
  EXPECT_EQ(ReadAll(input), lines);
  EXPECT_EQ(Messages(input), "");
}

TEST_F(LiveLogInput, StopEndsAWaitOnAnotherThread) {
  LogInput input({path_}, {.idle = std::chrono::hours(1)});
  std::thread stopper([&input] { input.Stop(); });
  LogChunk chunk;
  EXPECT_EQ(input.Read(chunk), LogInput::Outcome::kEnd);
  stopper.join();
}

}  // namespace
}  // namespace pidigree
