#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "src/event/kernel_fact.h"
#include "src/event/kernel_file_fact.h"
#include "src/event/kernel_network_fact.h"
#include "src/event/kernel_pipe_fact.h"

namespace pidigree {

// Keeps facts, with their text, of one process's descendants; others are none of a test's business.
class FactRecorder : public KernelFactConsumer {
 public:
  using Fact = std::variant<KernelFork, KernelExec, KernelExit>;

  explicit FactRecorder(uint32_t ancestor_tgid) : ancestor_tgid_(ancestor_tgid) {}

  void Apply(const KernelTask& task) override;
  void Apply(const KernelFork& fork) override;
  void Apply(const KernelExec& exec) override;
  void Apply(const KernelExit& exit) override;
  void Apply(const KernelFileEvent& event) override;
  void Apply(const KernelFlow& flow) override;
  void Apply(const KernelPipeEvent& event) override;
  void Apply(const KernelDnsBytes& dns) override;

  // Of the snapshot: those of strangers, too.
  const std::vector<KernelTask>& tasks() const { return tasks_; }

  // In the order in which they came.
  const std::vector<Fact>& facts() const { return facts_; }
  template <typename T>
  std::vector<T> All() const {
    std::vector<T> found;
    for (const Fact& fact : facts_) {
      if (const T* one = std::get_if<T>(&fact)) found.push_back(*one);
    }
    return found;
  }

  // What descendants did to files.
  const std::vector<KernelFileEvent>& file_events() const { return file_events_; }
  // What else they did.
  const std::vector<KernelFlow>& flows() const { return flows_; }
  const std::vector<KernelPipeEvent>& pipe_events() const { return pipe_events_; }
  const std::vector<KernelDnsBytes>& dns() const { return dns_; }

  // Descendants that were made and have not ended.
  size_t alive() const { return alive_.size(); }
  size_t forks_of_ancestor() const { return forks_of_ancestor_; }

 private:
  void Keep(std::string_view& text);

  uint32_t ancestor_tgid_;
  size_t forks_of_ancestor_ = 0;
  std::set<KernelProcess> known_;
  std::set<KernelProcess> alive_;
  std::vector<KernelTask> tasks_;
  std::vector<Fact> facts_;
  std::vector<KernelFileEvent> file_events_;
  std::vector<KernelFlow> flows_;
  std::vector<KernelPipeEvent> pipe_events_;
  std::vector<KernelDnsBytes> dns_;
  std::deque<std::string> texts_;
};

}  // namespace pidigree
