#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "src/base/unique_fd.h"
#include "tests/agent/mixed_work/work.h"

namespace pidigree {
namespace {

constexpr const char* kParameters = "numdummies=0";  // no network interface

bool LoadFile() {
  const UniqueFd file(open(kSpareModule, O_RDONLY | O_CLOEXEC));
  return file && syscall(SYS_finit_module, file.get(), kParameters, 0) == 0;
}

bool LoadMemory(std::string_view content) {
  return syscall(SYS_init_module, content.data(), content.size(), kParameters) == 0;
}

void Unload() {
  Must(syscall(SYS_delete_module, kSpareModuleName, O_NONBLOCK) == 0, "delete_module");
}

}  // namespace

std::vector<Deed> ModuleDeeds(Account& account) {
  if (!LoadFile()) return {};
  Unload();
  const std::string from_file = std::string("6 ") + kSpareModule;
  account.Fact({from_file});
  std::ifstream file(kSpareModule, std::ios::binary);
  const auto content = std::make_shared<std::string>(std::istreambuf_iterator<char>(file),
                                                     std::istreambuf_iterator<char>());
  return {
      {"load-module", 1,
       [&account, from_file] {
         Must(LoadFile() && !LoadFile(), "finit_module");  // once only
         account.Fact({from_file});
         Unload();
       }},
      {"load-module-from-memory", 1,
       [&account, content] {
         Must(!LoadMemory(content->substr(0, 100)) && LoadMemory(*content), "init_module");
         account.Fact({std::string("6 ") + kSpareModuleName});
         Unload();
       }},
  };
}

}  // namespace pidigree
