#include "src/pipeline/destination.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "src/base/printable.h"
#include "src/base/valid_text.h"
#include "src/pipeline/untold_losses.h"

namespace pidigree {
namespace {

using Steady = std::chrono::steady_clock;

// Between two attempts to write to what fails.
constexpr std::chrono::milliseconds kRetryInterval{200};

// Between two complaints about one destination.
constexpr std::chrono::seconds kComplainInterval{10};

}  // namespace

Destination::Destination(DestinationSetup setup, LossLedger& losses, const std::string& computer,
                         Complain complain)
    : sink_(std::move(setup.sink)),
      name_(Printable(sink_->name())),
      format_(setup.format),
      max_line_bytes_(setup.max_line_bytes),
      untold_path_(std::move(setup.untold_path)),
      losses_(losses),
      service_(computer),
      complain_(std::move(complain)),
      queue_(setup.queue),
      first_id_(setup.ids.peek()),
      ids_(std::move(setup.ids)) {
  losses_.Subscribe(account_);
  if (untold_path_.empty()) return;
  const Result<std::vector<LossReport>> untold = LoadUntoldLosses(untold_path_);
  if (!untold) {
    complain_(untold.error().message);
    return;
  }
  untold_kept_ = !untold->empty();
  for (const LossReport& loss : *untold) account_.GiveBack(loss);
}

Destination::~Destination() {
  if (!thread_.joinable()) return;
  Close();
  End();
}

void Destination::Start(Callbacks callbacks) {
  callbacks_ = std::move(callbacks);
  thread_ = std::jthread([this] {
    Run();
    {
      const MutexLock lock(mutex_);
      has_ended_ = true;
    }
    ended_.NotifyAll();
  });
  pthread_setname_np(thread_.native_handle(), "pidigree-output");
}

uint32_t Destination::next_id() const { return RecordIds::Advance(first_id_, pushed_ + said_); }

void Destination::Push(const std::shared_ptr<const LineBatch>& lines) {
  pushed_ += PassAll(*lines) ? lines->size()
                             : static_cast<uint64_t>(std::ranges::count_if(
                                   lines->of_lines, [this](const LineBatch::Line& line) {
                                     return events().test(line.event);
                                   }));
  CountLoss(queue_.Push(lines, works_ ? LossCause::kQueueFull : LossCause::kSink));
}

void Destination::Reopen() {
  reopen_ = true;
  queue_.Wake();
}

void Destination::Close() { queue_.Close(); }

void Destination::WaitUntilEnded(Steady::time_point deadline) {
  MutexLock lock(mutex_);
  for (bool in_time = true; in_time && !has_ended_;) in_time = ended_.WaitUntil(lock, deadline);
}

void Destination::DropQueued() { CountLoss(queue_.DropAll(LossCause::kStop)); }

void Destination::End() {
  gives_up_ = true;
  sink_->StopWaiting();
  queue_.Wake();
  thread_.join();
}

Result<> Destination::Keep() {
  Result<> kept = ids_.Close();
  if (untold_path_.empty()) return kept;
  const Result<> stored = StoreUntoldLosses(untold_path_, account_.pending());
  return kept ? stored : kept;
}

DestinationStatus Destination::status() const {
  return {name(), works_, written_, lost_, queue_.bytes()};
}

// ---- Its thread

void Destination::Run() {
  for (;;) {
    if (reopen_.exchange(false)) NoteOutcome(sink_->Reopen());
    std::optional<DestinationQueue::Item> item = queue_.TryPop();
    if (!item && callbacks_.make_lines()) continue;
    if (!item) item = queue_.Pop();
    if (!item && queue_.IsDone()) return;
    for (; item; item = queue_.TryPop()) {
      Take(*item);
      if (out_.bytes().size() >= kFullBatchBytes) break;
    }
    WriteOut();
    queue_.Done();
  }
}

bool Destination::PassAll(const LineBatch& lines) const {
  return (lines.events & ~events()).none();
}

void Destination::Take(const DestinationQueue::Item& item) {
  if (!item.lines) {
    ids_.Skip(item.gap.count);
    LossReport loss = item.gap;
    loss.destination = name();
    return account_.Add(loss);
  }
  const LineBatch& lines = *item.lines;
  const auto passes = [this](const LineBatch::Line& line) { return events().test(line.event); };
  const auto first = std::ranges::find_if(lines.of_lines, passes);
  TellLosses(lines, first == lines.of_lines.end() ? lines.told : first->time);
  if (lines.size() > 0 && PassAll(lines) && lines.first_id == ids_.peek()) {
    WriteOut();
    for (size_t i = 0; i < lines.size(); ++i) ids_.Next();
    return Write(lines.lines, lines.of_lines);
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!passes(lines.of_lines[i])) continue;
    lines.AppendTo(out_, i, ids_.Next());
    of_out_.push_back(lines.of_lines[i]);
  }
}

void Destination::TellLosses(const LineBatch& lines, UtcTime time) {
  if (const auto& gap = ids_.gap(); gap && !std::exchange(greeted_, true))
    Say("CRASH",
        "the agent was not stopped in order; EventRecordIDs from " + std::to_string(gap->first) +
            " to " + std::to_string(gap->last) + " may be missing",
        lines, time);
  for (const OutputFailure& failure : account_.TakeFailures())
    Say(NameOf(LossCause::kSink), "output " + failure.destination + " fails: " + failure.text,
        lines, time);
  for (const LossReport& report :
       lines.last ? account_.TakeAll() : account_.TakeDue(Steady::now())) {
    tellings_.push_back({out_.size(), report});
    Say(NameOf(report.cause), DescriptionOf(report), lines, time);
  }
}

void Destination::Say(std::string_view id, const std::string& description, const LineBatch& form,
                      UtcTime time) {
  service_.AppendError(id, ValidText(description), time, scratch_);
  Record& record = scratch_.records().back();
  record.record_id = ids_.Next();
  ++said_;
  form.serializer->Append(record, max_line_bytes_, out_.bytes());
  out_.EndLine();
  of_out_.push_back({time, 0, EVENT_ERROR_REPORT});
  scratch_.Clear();
}

void Destination::WriteOut() {
  Write(out_, of_out_);
  out_.Clear();
  of_out_.clear();
  tellings_.clear();
}

void Destination::Write(const LineBuffer& lines, std::span<const LineBatch::Line> of_lines) {
  if (lines.size() == 0) return;
  size_t next = 0;
  while (next < lines.size() && !gone_) {
    if (reopen_.exchange(false)) NoteOutcome(sink_->Reopen());
    const size_t before = next;
    const Result<> result = sink_->Write(lines, next);
    written_ += next - before;
    NoteOutcome(result);
    if (next == lines.size()) break;
    if (result.error().code == ErrorCode::kLimit) {
      Lose(of_lines.subspan(next, 1), next, LossCause::kSink);
      ++next;
    } else if (result.error().code == ErrorCode::kGone) {
      gone_ = true;
      callbacks_.gone();
    } else if (gives_up_) {
      break;
    } else if (next == before) {
      queue_.WaitForWake(Steady::now() + kRetryInterval);
    }
  }
  Lose(of_lines.subspan(next), next, gives_up_ ? LossCause::kStop : LossCause::kSink);
  if (untold_kept_ && !tellings_.empty()) ForgetToldLosses();
  if (const Error* error = ids_.error(); (error != nullptr) != ids_failed_) {
    ids_failed_ = error != nullptr;
    complain_(ids_failed_ ? error->message + "; after a crash record ids may come twice"
                          : "record ids are stored again");
  }
}

void Destination::Lose(std::span<const LineBatch::Line> lines, size_t first, LossCause cause) {
  LossReport loss{.cause = cause};
  for (const LineBatch::Line& line : lines) loss.Merge({cause, 1, line.time, line.time});
  for (const Telling& telling : tellings_)
    if (telling.line >= first && telling.line < first + lines.size())
      account_.GiveBack(telling.report);
  CountLoss(loss);
  loss.destination = name();
  account_.Add(loss);
}

// What the reader of this one sees in its place, and others are told now.
void Destination::CountLoss(LossReport loss) {
  if (loss.count == 0) return;
  lost_ += loss.count;
  loss.destination = name();
  losses_.AddElsewhere(account_, loss);
}

// What the run before could not tell stays in the file until it has been written: a crash tells it
// twice rather than never.
void Destination::ForgetToldLosses() {
  const std::vector<LossReport> pending = account_.pending();
  if (StoreUntoldLosses(untold_path_, pending)) untold_kept_ = !pending.empty();
}

void Destination::NoteOutcome(const Result<>& result) {
  works_ = result.has_value();
  if (result) {
    if (std::exchange(complained_, false)) complain_(name() + " works again");
    return;
  }
  const auto now = Steady::now();
  if (complained_at_ && now - *complained_at_ < kComplainInterval) return;
  const bool waits = result.error().code != ErrorCode::kGone;
  complain_(result.error().message +
            (waits ? "; events wait until it works again, and are lost and counted where the queue "
                     "has no room"
                   : ""));
  losses_.Add({name(), result.error().message});
  complained_ = true;
  complained_at_ = now;
}

}  // namespace pidigree
