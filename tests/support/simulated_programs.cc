#include <utility>

#include "tests/support/simulated_kernel.h"

namespace pidigree {
namespace {

struct Program {
  const char* file;
  const char* interpreter;  // of a script; nullptr: a binary
};

const std::vector<Program> kPrograms = {
    {"/usr/bin/ls", nullptr},
    {"/usr/bin/env", nullptr},
    {"/usr/bin/bash", nullptr},
    {"/usr/bin/grep", nullptr},
    {"/usr/bin/python3.11", nullptr},
    {"/usr/sbin/sshd", nullptr},
    {"/usr/lib/systemd/systemd-executor", nullptr},
    {"/usr/libexec/gcc/x86_64-linux-gnu/12/cc1plus", nullptr},
    {"/usr/bin/dpkg-query", nullptr},
    {"/opt/my app/bin/run me", nullptr},
    {"/home/alice/t\xc3\xa4st", nullptr},
    {"/tmp/bad\xff\xfename", nullptr},
    {"/tmp/a\"quote", nullptr},
    {"/usr/local/bin/backup.sh", "/usr/bin/dash"},
    {"/etc/cron.daily/man-db", "/usr/bin/dash"},
    {"/home/bob/scripts/do it.py", "/usr/bin/python3.11"},
};

std::string Numbered(std::string text, size_t number) {
  text += std::to_string(number);
  return text;
}

std::string OddArgument(Random& random) {
  static const std::vector<std::string> kOdd = {
      "",
      "two words",
      "\"quoted\"",
      "it's",
      "4142",
      "line\nbreak\ttab",
      "\x01\x02\x1b[31m",
      "sn\xc3\xb6wman \xe2\x98\x83",
      "bad \xff\xfe bytes",
      "cut \xe2\x98",
      "\xed\xa0\x80 surrogate",
      "\xef\xbf\xbe noncharacter",
      "\xf0\x9f\x98\x80 face",
      "<xml a=\"b\">&amp;</xml>",
      "type=SYSCALL msg=audit(1.000:1): pid=1",
      "a1=x",
      "\x7f",
  };
  return random.Pick(kOdd);
}

std::string LongArgument(Random& random) {
  const size_t size = random.OneIn(4) ? random.Between(4'000, 40'000) : random.Between(200, 5'000);
  const bool plain = random.OneIn(2);
  std::string text;
  text.reserve(size + 4);
  while (text.size() < size) {
    if (!plain && random.OneIn(9))
      text += random.OneIn(2) ? "\xc3\xa9" : " ";
    else
      text.push_back(static_cast<char>('a' + random.Below(26)));
  }
  return text;
}

}  // namespace

std::string TrueImage::Token() const {
  std::string token = "--truth=p";
  token += std::to_string(process);
  token += ".e";
  token += std::to_string(number);
  return token += ".";
}

TrueImage RandomImage(Random& random, bool quirks) {
  const Program& program = random.Pick(kPrograms);
  TrueImage image;
  image.file = program.file;
  image.exe = program.interpreter ? program.interpreter : program.file;
  image.comm = image.file.substr(image.file.rfind('/') + 1).substr(0, 15);
  if (program.interpreter) {
    image.argv.push_back(image.exe);
  } else if (quirks && random.OneIn(60)) {
    image.memfd = true;
    image.file.clear();
    image.exe = "memfd:in mem";
    image.comm.assign(1, '3');
  } else if (quirks && random.OneIn(60)) {
    image.unlinked = true;
  }
  image.argv.push_back(program.interpreter ? image.file : image.comm);
  return image;
}

int32_t SimulatedKernel::NewImage(int32_t process) {
  const TrueProcess& truth = history_.processes[process];
  // The exec of what ran before the log is not seen, so nothing would tell its quirks.
  TrueImage image = RandomImage(random_, !(truth.before_log && truth.images.empty()));
  image.process = process;
  image.number = static_cast<uint32_t>(truth.images.size());
  image.cwd = processes_[process].cwd;
  for (size_t n = random_.Below(4); n > 0; --n)
    image.argv.push_back(random_.OneIn(5) ? OddArgument(random_) : Numbered("-o", n));
  image.argv.push_back(image.Token());
  if (random_.OneIn(6)) image.argv.push_back(OddArgument(random_));
  if (random_.OneIn(100)) image.argv.push_back(LongArgument(random_));
  if (random_.OneIn(500))
    for (size_t n = random_.Between(20, 700); n > 0; --n)
      image.argv.push_back(Numbered("argument-number-", n));
  const auto index = static_cast<int32_t>(history_.images.size());
  history_.images.push_back(std::move(image));
  history_.processes[process].images.push_back(index);
  return index;
}

}  // namespace pidigree
