#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {

// Ends the program with status 126, and says that `what` failed.
void Must(bool ok, const char* what);

// What is done so far, and what an agent has to say of it.
class Account {
 public:
  // The directory is the work's own; `functions` says whether functions of the kernel are watched,
  // or else exits of system calls, which tell less.
  Account(std::string directory, bool functions)
      : directory_(std::move(directory)), functions_(functions) {}

  const std::string& directory() const { return directory_; }
  bool functions() const { return functions_; }
  // Numbers the deeds, those before this one counted.
  size_t number() const { return number_; }
  // A file that no other deed has.
  std::string Path(std::string_view suffix = "") const;

  void Begin(std::string_view deed);
  // One thing that happened, and its events: the id and the values that tell it from others, with
  // blanks between (mixed_work_test.cc lists their fields).
  void Fact(std::initializer_list<std::string> events);
  void Write();

 private:
  const std::string directory_;
  const bool functions_;
  std::string deed_;
  size_t number_ = 0;
  std::string text_;
};

struct Deed {
  const char* name;
  size_t weight;  // how often, beside others
  std::function<void()> act;
};

// A module that nobody needs, where the machine is a guest of tests/kernels/run_guest.sh.
constexpr const char* kSpareModule = "/harness/spare_modules/dummy.ko";
constexpr const char* kSpareModuleName = "dummy";

// Those that can be done on this machine. They use `account` for as long as they live.
std::vector<Deed> FileDeeds(Account& account);
std::vector<Deed> NetworkDeeds(Account& account);
std::vector<Deed> ProcessDeeds(Account& account);
std::vector<Deed> ModuleDeeds(Account& account);

// A file comes and goes.
void Create(Account& account, const std::string& path);
void Delete(Account& account, const std::string& path);

}  // namespace pidigree
