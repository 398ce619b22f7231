// Any bytes may come out of the ring: a decoder reads nothing outside of a record, and what it
// gives is either a view into the record or text of a bounded size.

#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "src/event/access_fact.h"
#include "src/event/code_fact.h"
#include "src/event/file_fact.h"
#include "src/event/network_fact.h"
#include "src/source/bpf/wire_decoder.h"

namespace pidigree {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

class CheckingConsumer : public FactConsumer {
 public:
  explicit CheckingConsumer(std::string_view record) : record_(record) {}

  using FactConsumer::Apply;
  void Apply(const TaskFact& task) override { CheckComm(task.comm); }
  void Apply(const ForkFact& fork) override {
    CheckComm(fork.comm);
    CheckPath(fork.image);
  }
  void Apply(const ExecFact& exec) override {
    CheckComm(exec.comm);
    CheckPath(exec.image);
    CheckPath(exec.cwd);
    Check(exec.arguments.empty() ||
          exec.arguments.data() + exec.arguments.size() == record_.data() + record_.size());
  }
  void Apply(const ExitFact& exit) override { CheckComm(exit.comm); }
  void Apply(const FileFact& event) override {
    ++facts;
    CheckPath(event.path);
    Check(event.value.empty() ||
          event.value.data() + event.value.size() == record_.data() + record_.size());
  }
  void Apply(const PipeFact& event) override {
    ++facts;
    CheckPath(event.path);
  }
  void Apply(const FlowFact&) override { ++facts; }
  void Apply(const DnsFact& dns) override {
    ++facts;
    Check(dns.bytes.empty() ||
          dns.bytes.data() + dns.bytes.size() == record_.data() + record_.size());
  }
  void Apply(const AccessFact&) override { ++facts; }
  void Apply(const ImageFact& image) override {
    ++facts;
    CheckPath(image.path);
  }
  void Apply(const ModuleFact& module) override {
    ++facts;
    CheckPath(module.path);
    Check(module.name.size() <= WIRE_MODULE_NAME_SIZE);
    Check(module.name.find('\0') == module.name.npos);
  }
  void Apply(const BpfProgramFact& program) override {
    ++facts;
    Check(program.name.size() <= WIRE_BPF_NAME_SIZE);
    Check(program.name.find('\0') == program.name.npos);
  }

  int facts = 0;

 private:
  void CheckComm(std::string_view comm) {
    ++facts;
    Check(comm.size() <= WIRE_COMM_SIZE && comm.find('\0') == comm.npos);
  }
  void CheckPath(const KernelPath& path) const {
    Check(path.text.size() <= record_.size() + std::string_view("(unreachable)").size());
    // Only the name of something in no directory is taken as it is.
    Check(!path.text.starts_with('/') || path.text.find('\0') == path.text.npos);
  }

  std::string_view record_;
};

}  // namespace
}  // namespace pidigree

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pidigree;
  // Exactly as long as the record, so that AddressSanitizer sees a read past its end.
  const auto bytes = std::make_unique<std::byte[]>(size);
  if (size > 0) std::memcpy(bytes.get(), data, size);
  CheckingConsumer consumer({reinterpret_cast<const char*>(bytes.get()), size});
  WireDecoder decoder;
  const bool good = decoder.Decode(std::span(bytes.get(), size), consumer);
  Check(consumer.facts == (good ? 1 : 0));
  return 0;
}
