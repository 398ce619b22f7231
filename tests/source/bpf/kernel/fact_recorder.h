#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "src/event/fact_consumer.h"
#include "src/event/file_fact.h"
#include "src/event/network_fact.h"

namespace pidigree {

// Keeps facts, with their text, of one process's descendants; others are none of a test's business.
class FactRecorder : public FactConsumer {
 public:
  using Fact = std::variant<ForkFact, ExecFact, ExitFact>;

  explicit FactRecorder(uint32_t ancestor_tgid) : ancestor_tgid_(ancestor_tgid) {}

  void Apply(const TaskFact& task) override;
  void Apply(const ForkFact& fork) override;
  void Apply(const ExecFact& exec) override;
  void Apply(const ExitFact& exit) override;
  void Apply(const FileFact& event) override;
  void Apply(const FlowFact& flow) override;
  void Apply(const PipeFact& event) override;
  void Apply(const DnsFact& dns) override;

  // Of the snapshot: those of strangers, too.
  const std::vector<TaskFact>& tasks() const { return tasks_; }

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
  const std::vector<FileFact>& file_events() const { return file_events_; }
  // What else they did.
  const std::vector<FlowFact>& flows() const { return flows_; }
  const std::vector<PipeFact>& pipe_events() const { return pipe_events_; }
  const std::vector<DnsFact>& dns() const { return dns_; }

  // Descendants that were made and have not ended.
  size_t alive() const { return alive_.size(); }
  size_t forks_of_ancestor() const { return forks_of_ancestor_; }

 private:
  void Keep(std::string_view& text);

  uint32_t ancestor_tgid_;
  size_t forks_of_ancestor_ = 0;
  std::set<ProcessKey> known_;
  std::set<ProcessKey> alive_;
  std::vector<TaskFact> tasks_;
  std::vector<Fact> facts_;
  std::vector<FileFact> file_events_;
  std::vector<FlowFact> flows_;
  std::vector<PipeFact> pipe_events_;
  std::vector<DnsFact> dns_;
  std::deque<std::string> texts_;
};

}  // namespace pidigree
