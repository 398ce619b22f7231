#!/usr/bin/env bash
# usage: bench/compare_file_events.sh BUILD-DIRECTORY [PAIRS [FILES [CALLS [STORM-FILES]]]]
# What watching files costs: time of a program that creates and unlinks, the agent's CPU time for an
# event, and time of calls that have nothing to do with files. Fails if one of the 2 * STORM-FILES
# events of a storm on all CPUs is lost. Needs root and BPF.
set -euo pipefail

build=$(readlink -f "$1")
pairs=${2:-20}
files=${3:-200000}
calls=${4:-5000000}
storm_files=${5:-800000}
# shellcheck source=bench/watched.sh
source "$(dirname "$(readlink -f "$0")")/watched.sh"
storm() { "$build/bench/file_storm" "$@"; }
mkdir "$work/files"
# seen EVENT-ID: how many of these the storms have caused, as the agent wrote.
seen() { grep -c "<EventID>$1<.*>[^<]*/file-storm<" "$work/events" || true; }

# Every event of files; 26 is the same deletion as 23.
{
  echo '<Sysmon schemaversion="4.90"><HashAlgorithms>IMPHASH</HashAlgorithms><EventFiltering>'
  for event in FileCreateTime RawAccessRead FileCreate FileCreateStreamHash PipeEvent FileDelete \
    FileExecutableDetected; do echo "<$event onmatch=\"exclude\"/>"; done
  echo '</EventFiltering></Sysmon>'
} >"$work/files.xml"

storm_without() {
  {
    storm "$files" "$work/files"
    storm "$calls" getppid
    storm "$calls" read
  } >"$work/without"
}

for ((pair = 0; pair < pairs; ++pair)); do
  # The order changes, so that a trend of the machine hits both.
  if ((pair % 2)); then storm_without; fi
  start_agent --config "$work/files.xml"
  before=$(ticks)
  storm "$files" "$work/files" >"$work/with"
  sleep 0.3
  echo "$(ticks) $before $hertz $(status facts-other)" |
    awk '{ print ($1 - $2) / $3 / $4 * 1e6 }' >>"$work/cpu"
  all_lost=$(lost)
  storm "$calls" getppid >>"$work/with"
  storm "$calls" read >>"$work/with"
  stop_agent
  if ((pair % 2 == 0)); then storm_without; fi
  written=$(($(seen 11) + $(seen 23)))
  ((all_lost == 0 && written == 2 * files)) || echo "pair $pair: $written of $((2 * files)) events, $all_lost lost"
  paste "$work/with" "$work/without" | awk '{ print $1 / $2 }' >"$work/ratio"
  sed -n 1p "$work/ratio" >>"$work/storms"
  sed -n 2p "$work/ratio" >>"$work/getppids"
  sed -n 3p "$work/ratio" >>"$work/reads"
done
printf '%d create+unlink, both logged: elapsed time is %s times that without, of %d pairs\n' \
  "$files" "$(median <"$work/storms")" "$pairs"
printf 'CPU time of the agent for an event: %s us\n' "$(median <"$work/cpu")"
printf 'getppid: %s times, read: %s times\n' "$(median <"$work/getppids")" "$(median <"$work/reads")"

# As fast as they come: a program on each CPU, and the agent has none to itself.
cpus=$(nproc)
each=$((storm_files / cpus))
start_agent --config "$work/files.xml"
programs=()
begin=$EPOCHREALTIME
for ((cpu = 0; cpu < cpus; ++cpu)); do
  mkdir "$work/files/$cpu"
  storm $each "$work/files/$cpu" >/dev/null &
  programs+=($!)
done
for program in "${programs[@]}"; do wait "$program"; done
seconds=$(echo "$EPOCHREALTIME $begin" | awk '{ print $1 - $2 }')
sleep 0.3
all_lost=$(lost)
stop_agent
created=$(seen 11) deleted=$(seen 23) expected=$((each * cpus))
printf '%d create+unlink by %d programs at once in %.1f s: %d creations and %d deletions written, %d events lost\n' \
  $expected "$cpus" "$seconds" "$created" "$deleted" "$all_lost"
((created == expected && deleted == expected && all_lost == 0)) || { echo 'FAILED: events are missing' >&2; exit 1; }
