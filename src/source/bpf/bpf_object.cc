#include "src/source/bpf/bpf_object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

namespace pidigree {
namespace {

uint64_t MissesOf(const bpf_program& program) {
  bpf_prog_info info{};
  uint32_t size = sizeof(info);
  const int fd = bpf_program__fd(&program);
  if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return 0;
  return info.recursion_misses;
}

}  // namespace

void BpfDeleter::operator()(bpf_object* object) const { bpf_object__close(object); }
void BpfDeleter::operator()(bpf_link* link) const { bpf_link__destroy(link); }

uint64_t RecursionMisses(const bpf_object& object) {
  uint64_t sum = 0;
  const bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(&object, const_cast<bpf_program*>(program))) !=
         nullptr)
    sum += MissesOf(*program);
  return sum;
}

}  // namespace pidigree
