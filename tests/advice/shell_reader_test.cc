#include "tests/advice/shell_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pidigree {
namespace {

using testing::ElementsAre;

std::vector<std::string> Texts(const std::vector<Passage>& passages, Form form) {
  std::vector<std::string> texts;
  for (const Passage& passage : passages)
    if (passage.form == form) texts.push_back(std::to_string(passage.line) + " " + passage.text);
  return texts;
}

TEST(ShellReader, TellsCommentsFromCommands) {
  const auto passages = ReadShell("a.sh", "#!/bin/sh\n# see `x`\n\na -b \\\n  -c\n  # d\ne\n");
  EXPECT_THAT(Texts(passages, Form::kProse), ElementsAre("1 #!/bin/sh\n# see `x`", "6 # d"));
  EXPECT_THAT(Texts(passages, Form::kSpan), ElementsAre("2 x"));
  EXPECT_THAT(Texts(passages, Form::kCommand), ElementsAre("4 a -b  -c", "7 e"));
}

TEST(ShellReader, ReadsWhatIsEchoed) {
  const auto passages = ReadShell("Makefile", "help:\n\t@echo 'make build    the binary'\n");
  EXPECT_THAT(Texts(passages, Form::kCommand),
              ElementsAre("1 help:", "2 @echo 'make build    the binary'", "2 make build"));
  EXPECT_THAT(Texts(passages, Form::kProse), ElementsAre("2 the binary"));
}

}  // namespace
}  // namespace pidigree
