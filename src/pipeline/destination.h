#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "src/base/mutex.h"
#include "src/event/record_batch.h"
#include "src/pipeline/destination_queue.h"
#include "src/pipeline/line_batch.h"
#include "src/pipeline/loss_ledger.h"
#include "src/pipeline/record_ids.h"
#include "src/pipeline/service_records.h"
#include "src/sink/line_sink.h"

namespace pidigree {

// What a destination is made of.
struct DestinationSetup {
  std::unique_ptr<LineSink> sink;
  LineFormat format = LineFormat::kXml;
  size_t max_line_bytes = 0;  // 0: no limit
  DestinationQueue::Limits queue;
  RecordIds ids;
  std::string untold_path;  // of the file of untold_losses.h; empty: none is kept
};

struct DestinationStatus {
  std::string name;
  bool works = true;     // the last attempt to write succeeded
  uint64_t written = 0;  // lines
  uint64_t lost = 0;     // events that passed its filter
  size_t queue_bytes = 0;
};

// Where events go: a sink, which a thread of its own writes to, with a bounded queue before it. It
// numbers its lines, and what it loses keeps its number. A destination that fails is tried again
// until it works, and holds up no other.
//
// It tells its reader of every loss by events 255: of its own before the first line behind the gap,
// of all others as soon as it writes something.
class Destination {
 public:
  // Told, in words for a person, when it fails and when it works again. On its thread.
  using Complain = std::function<void(std::string_view message)>;

  // `losses` must outlive it. `computer` is valid text.
  Destination(DestinationSetup setup, LossLedger& losses, const std::string& computer,
              Complain complain);
  ~Destination();

  const std::string& name() const { return name_; }
  LineFormat format() const { return format_; }
  size_t max_line_bytes() const { return max_line_bytes_; }
  // Those that pass its filter.
  const EventSet& events() const { return queue_.events(); }

  // What its thread calls.
  struct Callbacks {
    std::function<void()> gone;  // nobody will ever take its lines
    // While it has nothing to write: makes lines for all destinations. False: there are none.
    std::function<bool()> make_lines;
  };

  // Starts the thread.
  void Start(Callbacks callbacks);

  // Who pushes: the number that the next line will most likely have.
  uint32_t next_id() const;

  // One thread at a time: hands over lines of its form.
  void Push(const std::shared_ptr<const LineBatch>& lines);

  // Any thread: it asks for lines, if it has nothing to write.
  void Wake() { queue_.Wake(); }

  // Any thread: the sink is opened anew before the next line.
  void Reopen();

  // The end, in the order of these. After the last Push(): the thread ends when all is written.
  void Close();
  // Waits for that.
  void WaitUntilEnded(std::chrono::steady_clock::time_point deadline);
  // What is still queued is lost, but for the last lines.
  void DropQueued();
  // Waits for nobody any more, and joins the thread.
  void End();
  // Keeps what its next run is to know, the next number and the losses that could not be
  // told. Of all destinations all threads must have ended, since each tells the others.
  //
  // Errors: as ReplaceFile().
  Result<> Keep();
  std::vector<LossReport> untold() const { return account_.pending(); }

  // Any thread: whether nothing waits to be written.
  bool IsIdle() const { return queue_.bytes() == 0; }

  // Any thread.
  DestinationStatus status() const;

 private:
  struct Telling {
    size_t line;  // in out_
    LossReport report;
  };

  void Run();
  // Whether all lines pass the filter.
  bool PassAll(const LineBatch& lines) const;
  void Take(const DestinationQueue::Item& item);
  // What is due, or all of it, as lines before one of the time `time`.
  void TellLosses(const LineBatch& lines, UtcTime time);
  void Say(std::string_view id, const std::string& description, const LineBatch& form,
           UtcTime time);
  void WriteOut();
  // Lines that it has numbered.
  void Write(const LineBuffer& lines, std::span<const LineBatch::Line> of_lines);
  // These will not be written; the first is number `first` of what is being written.
  void Lose(std::span<const LineBatch::Line> lines, size_t first, LossCause cause);
  void CountLoss(LossReport loss);
  void NoteOutcome(const Result<>& result);
  void ForgetToldLosses();

  const std::unique_ptr<LineSink> sink_;
  const std::string name_;  // safe to print
  const LineFormat format_;
  const size_t max_line_bytes_;
  const std::string untold_path_;
  LossLedger& losses_;
  const ServiceRecords service_;
  const Complain complain_;
  LossAccount account_;
  DestinationQueue queue_;

  // Of who pushes.
  const uint32_t first_id_;
  uint64_t pushed_ = 0;  // lines, lost ones as well

  // Of its thread.
  RecordIds ids_;
  bool ids_failed_ = false;
  bool greeted_ = false;  // a gap that the run before left has been told
  LineBuffer out_;        // numbered, to be written
  std::vector<LineBatch::Line> of_out_;
  std::vector<Telling> tellings_;
  RecordBatch scratch_;
  bool untold_kept_ = false;  // the file holds losses that may not have been told
  std::optional<std::chrono::steady_clock::time_point> complained_at_;
  bool complained_ = false;  // about the failure that lasts
  bool gone_ = false;
  Callbacks callbacks_;

  std::atomic<bool> reopen_ = false;
  std::atomic<bool> gives_up_ = false;
  std::atomic<bool> works_ = true;
  std::atomic<uint64_t> written_ = 0;
  std::atomic<uint64_t> said_ = 0;  // lines by itself
  std::atomic<uint64_t> lost_ = 0;
  Mutex mutex_;
  ConditionVariable ended_;
  bool has_ended_ GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace pidigree
