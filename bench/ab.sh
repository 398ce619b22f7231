#!/usr/bin/env bash
# usage: bench/ab.sh OLD NEW BUILD-DIRECTORY [PAIRS]
# Whether the program NEW costs more than the program OLD, two builds of pidigree: each figure is measured
# with both in turn, PAIRS times (20). Printed is NEW / OLD, the geometric mean over the pairs with its
# 95 % interval; before it the same of OLD and a copy of it, which is the noise of this machine. The
# BUILD-DIRECTORY has the programs of bench/ that make work. Needs root and BPF.
set -euo pipefail

old=$(readlink -f "$1")
new=$(readlink -f "$2")
build=$(readlink -f "$3")
pairs=${4:-20}
# shellcheck source=bench/watched.sh
source "$(dirname "$(readlink -f "$0")")/watched.sh"
mkdir "$work"/{files,old,same,new}
# Copies, since resident memory depends on how a file lies in the page cache: a fault maps what is around.
cp "$old" "$work/old/pidigree"
cp "$old" "$work/same/pidigree"
cp "$new" "$work/new/pidigree"
old=$work/old/pidigree
cpu=$(awk '/^Cpus_allowed_list/ { sub(/[-,].*/, "", $2); print $2 }' /proc/self/status)

"$build/bench/make_exec_log" --megabytes 200 --proctitle --slower 40 >"$work/quiet.log"
"$build/bench/make_exec_log" --megabytes 200 >"$work/busy.log"
cat >"$work/all.xml" <<'XML'
<Sysmon schemaversion="4.90"><HashAlgorithms>IMPHASH</HashAlgorithms><EventFiltering>
<FileCreate onmatch="exclude"/><FileDelete onmatch="exclude"/></EventFiltering></Sysmon>
XML

# tell NAME VALUE: adds a measurement to those of the round.
tell() { echo "$1 $2" >>"$work/round"; }

# Elapsed and CPU seconds to $work/time, the peak of resident memory in kB to $work/memory.
timed() {
  TIMEFORMAT='%3R %3U %3S'
  { time command time -f %M -o "$work/memory" "$@" >/dev/null 2>&1; } 2>"$work/time"
}

translate_log() {
  local log=$1
  timed taskset -c "$cpu" "$program" translate --output /dev/null --node host "$work/$log.log"
  tell "translate-$log-1cpu-cpu" "$(awk '{ print $2 + $3 }' "$work/time")"
  timed "$program" translate --output /dev/null --node host "$work/$log.log"
  tell "translate-$log-all-wall" "$(awk '{ print $1 }' "$work/time")"
  tell "translate-$log-memory" "$(cat "$work/memory")"
}

# CPU time of all threads of the agent.
agent_ns() { cat "/proc/$agent/task"/*/schedstat | awk '{ ns += $1 } END { printf "%d", ns }'; }

# watched NAME COMMAND...: elapsed time of a program that an agent watches, and the agent's CPU time.
watched() {
  local name=$1 before
  shift
  before=$(agent_ns)
  tell "$name-wall" "$("$@")"
  sleep 0.3
  tell "$name-agent-cpu" "$(($(agent_ns) - before))"
}

# Everything that is measured, of $program.
measure() {
  translate_log quiet
  translate_log busy
  rm -rf "$work/state" "$work/events"
  tell start "$("$build/bench/agent_start" "$work/events" "$program" run --state-dir "$work/state" \
    --socket "$work/socket" --output "$work/events" | cut -d' ' -f2)"
  start_agent --config "$work/all.xml"
  watched exec-storm "$build/bench/exec_storm" 10000 /bin/true
  watched file-storm "$build/bench/file_storm" 50000 "$work/files"
  tell agent-memory "$(status memory-bytes)"
  [[ $(lost) == 0 ]] || echo "$program: $(lost) events lost" >&2
  stop_agent
}

# compare TITLE OTHER: OTHER and OLD in turn; the order changes, so that a trend hits both.
compare() {
  local title=$1 other=$2 pair round
  : >"$work/ratios"
  for ((pair = 0; pair < pairs; ++pair)); do
    # a: OLD, b: OTHER
    for round in $( ((pair % 2)) && echo a b || echo b a); do
      program=$old
      [[ $round == a ]] || program=$other
      : >"$work/round"
      measure
      sort "$work/round" >"$work/$round.values"
    done
    join "$work/a.values" "$work/b.values" | awk '{ print $1, $3 / $2 }' >>"$work/ratios"
  done
  printf '\n%s, %d pairs\n%-28s %8s   %s\n' "$title" "$pairs" figure ratio '95 % interval'
  sort -s -k1,1 "$work/ratios" | awk '
    function finish(   mean, error) {
      if (n < 2) return
      mean = sum / n
      # Student, for 10 pairs and more.
      error = (1.96 + 2.5 / (n - 1)) * sqrt((squares - n * mean * mean) / (n - 1) / n)
      printf "%-28s %8.3f   %.3f to %.3f\n", name, exp(mean), exp(mean - error), exp(mean + error)
    }
    $1 != name { finish(); name = $1; n = sum = squares = 0 }
    { value = log($2); ++n; sum += value; squares += value * value }
    END { finish() }'
}

compare 'the same program twice: what is noise' "$work/same/pidigree"
compare 'NEW / OLD' "$work/new/pidigree"
