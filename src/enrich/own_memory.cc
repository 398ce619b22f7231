#include "src/enrich/own_memory.h"

#include <unistd.h>

#include <sstream>

#include "src/base/read_file.h"

namespace pidigree {

uint64_t OwnResidentBytes(const std::string& proc) {
  std::istringstream statm(ReadFile(proc + "/self/statm", 4096).value_or(""));
  uint64_t size_pages = 0;
  uint64_t resident_pages = 0;
  statm >> size_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace pidigree
