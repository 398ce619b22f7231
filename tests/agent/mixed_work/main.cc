// usage: mixed_work functions|calls DIRECTORY COUNT [OTHER-THAN]...
//
// Does COUNT things of every kind, or of those kinds, in a random order that is always the same,
// and writes for each what an agent has to say of it: a line for each fact with the name of the
// deed and the events, tabs between. A deed has events for itself only: they name a file, a port or
// a number of its own. With "calls", what an agent can see that watches system calls only.
//
// Linked statically, without sanitizers: a program that an agent, strace or a guest may watch.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

#include "tests/agent/mixed_work/work.h"
#include "tests/support/random.h"

namespace pidigree {

void Must(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  _exit(126);
}

std::string Account::Path(std::string_view suffix) const {
  return directory_ + "/" + deed_ + "-" + std::to_string(number_) + std::string(suffix);
}

void Account::Begin(std::string_view deed) {
  deed_ = deed;
  ++number_;
}

void Account::Fact(std::initializer_list<std::string> events) {
  text_ += deed_;
  for (const std::string& event : events) text_ += '\t' + event;
  text_ += '\n';
}

void Account::Write() {
  for (size_t written = 0; written < text_.size();) {
    const ssize_t done = write(STDOUT_FILENO, &text_[written], text_.size() - written);
    Must(done > 0, "write");
    written += static_cast<size_t>(done);
  }
}

namespace {

int Run(Account& account, size_t count, const std::vector<std::string>& unwanted) {
  account.Begin("preparation");
  std::vector<Deed> deeds;
  for (const auto& some : {FileDeeds, NetworkDeeds, ProcessDeeds, ModuleDeeds})
    for (Deed& deed : some(account))
      if (std::ranges::count(unwanted, deed.name) == 0) deeds.push_back(std::move(deed));
  std::vector<size_t> lots;
  for (size_t i = 0; i < deeds.size(); ++i) lots.insert(lots.end(), deeds[i].weight, i);
  Random random(1);
  for (size_t i = 0; i < count; ++i) {
    const Deed& deed = deeds[random.Pick(lots)];
    account.Begin(deed.name);
    deed.act();
  }
  account.Write();
  return 0;
}

}  // namespace
}  // namespace pidigree

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 3 || (words[0] != "functions" && words[0] != "calls")) {
    std::fprintf(stderr, "usage: mixed_work functions|calls DIRECTORY COUNT [OTHER-THAN]...\n");
    return 2;
  }
  pidigree::Account account(words[1], words[0] == "functions");
  return pidigree::Run(account, std::strtoul(argv[3], nullptr, 10),
                       {words.begin() + 3, words.end()});
}
