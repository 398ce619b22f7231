#include "src/lineage/pid_inference.h"

#include "src/lineage/login.h"

namespace pidigree {
namespace {

// Habits of processes, as they are on common hosts. No decision hangs on one of them: each may be
// off by a factor of three and moves the measured shares by less than a quarter of a percent.

constexpr double kExecsAgain = 0.03;  // share of processes that call exec long after their first
constexpr double kWasAdopted = 0.1;   // of those: have lost their parent in between
constexpr double kExecs = 0.8;        // share of processes that call exec at all
constexpr double kForkOnlyParent =
    0.15;  // share of processes that have children without having called it
constexpr double kFirstChild = 0.1;  // children to expect of a process that never had any

constexpr double kOtherLogin = 0.01;    // it got another login in between
constexpr double kOtherTerminal = 0.1;  // likewise a terminal, or lost it
constexpr double kOtherUser = 0.3;      // likewise a user
constexpr double kChanceLogin = 0.5;    // a stranger looks the same in all of these
constexpr double kOtherProgram = 0.01;  // it called exec and no record tells
constexpr double kChanceProgram = 0.2;  // a stranger runs the same

// Lifetimes have a long tail: who has lived for long will live for about as long again.
// Distances are counted in numbers handed out.
double AliveAfter(const PidOrder& order, const Process& process, double lived, double unseen) {
  double at_least = 0.1 * order.Near();
  // Who is there when the log begins has probably been there for long.
  if (!process.forked) at_least += 0.3 * order.LapSize();
  return (lived + at_least) / (lived + at_least + unseen);
}

// How likely something that most processes do soon after they got their number is done at
// `distance` from there.
double SoonAfter(double distance, double scale) {
  return scale / ((scale + distance) * (scale + distance));
}

bool LostItsLogin(const Login& before, const Login& after) {
  return before.source == Login::Source::kOwn && after.source == Login::Source::kOwn &&
         ((before.session != kUnset && after.session == kUnset) ||
          (before.auid != kUnset && after.auid == kUnset));
}

double SameOwner(const Login& before, const Login& after) {
  if (before.source == Login::Source::kNone || after.source == Login::Source::kNone) return 1;
  if (before.session != after.session || before.auid != after.auid) return kOtherLogin;
  const bool other_terminal =
      before.tty_hash != 0 && after.tty_hash != 0 && before.tty_hash != after.tty_hash;
  return (other_terminal ? kOtherTerminal : 1) * (before.uid != after.uid ? kOtherUser : 1);
}

double Distance(const PidOrder& order, uint64_t from, uint64_t to) {
  return static_cast<double>(order.Distance(from, to));
}

// Share of the numbers handed out lately that went to children of `parent`.
double ChildrenPerNumber(const PidOrder& order, const Process& parent) {
  return (parent.times_parent + kFirstChild) /
         (Distance(order, parent.born_at, order.newest()) + order.Near());
}

}  // namespace

bool StillTheProcess(const PidOrder& order, const Process& process, const LoggedCall& logged,
                     const Process* parent, ProgramSays program) {
  const uint64_t passed_at = order.Latest(process.pid);
  if (passed_at <= process.born_at) return true;
  const Login login = LoginOf(logged);
  if (LostItsLogin(process.login, login)) return false;
  if (process.seen_at >= passed_at) return true;

  const double lived = Distance(order, process.born_at, process.seen_at);
  const double unseen = Distance(order, process.seen_at, passed_at);
  const double since = Distance(order, passed_at, order.newest());
  const double alive = AliveAfter(order, process, lived, unseen);
  const bool adopted = logged.has_ppid && process.has_ppid && logged.ppid != process.present_ppid;
  double same = alive * (adopted ? kWasAdopted : 1 - kWasAdopted) * SameOwner(process.login, login);
  constexpr double kStrangersChild = 0.05;
  double other = (1 - alive) * kChanceLogin *
                 (!logged.has_ppid    ? 1
                  : parent == nullptr ? kStrangersChild
                                      : ChildrenPerNumber(order, *parent));
  switch (program) {
    case ProgramSays::kNothing:
      same *= kExecsAgain / (lived + unseen + since + 1);
      other *= kExecs * SoonAfter(since, order.Near() / 10.0 + 1);
      break;
    // Records other than those of execs are made at any time of a life.
    case ProgramSays::kTheSame:
      other *= kChanceProgram;
      break;
    case ProgramSays::kAnother:
      same *= kOtherProgram;
      break;
  }
  return same > other;
}

bool StillTheParent(const PidOrder& order, const Process& parent, const LoggedCall& logged,
                    uint64_t child_at) {
  const uint64_t passed_at = PidOrder::LatestBefore(parent.pid, child_at);
  if (passed_at <= parent.born_at || parent.seen_at >= passed_at) return true;
  const Login login = LoginOf(logged);
  if (LostItsLogin(parent.login, login)) return false;

  const double lived = Distance(order, parent.born_at, parent.seen_at);
  const double unseen = Distance(order, parent.seen_at, passed_at);
  const double since = Distance(order, passed_at, child_at);
  const double alive = AliveAfter(order, parent, lived, unseen);
  const double same = alive * (parent.times_parent + kFirstChild) /
                      (lived + unseen + since + order.Near()) * SameOwner(parent.login, login);
  const double other =
      (1 - alive) * kForkOnlyParent * SoonAfter(since, order.Near() / 5.0 + 1) * kChanceLogin;
  return same > other;
}

}  // namespace pidigree
