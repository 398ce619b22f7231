#!/usr/bin/env bash
# usage: bench/compare_network.sh BUILD-DIRECTORY [PAIRS [CONNECTIONS]]
# What it costs to have each TCP connection written: time of a program that opens and accepts them, CPU
# time of the agent. Needs root and BPF.
set -euo pipefail

build=$(readlink -f "$1")
pairs=${2:-20}
connections=${3:-50000}
# shellcheck source=bench/watched.sh
source "$(dirname "$(readlink -f "$0")")/watched.sh"
storm() { "$build/bench/connect_storm" "$connections"; }

cat >"$work/network.xml" <<'XML'
<Sysmon schemaversion="4.90"><EventFiltering>
  <ProcessCreate onmatch="include"/><ProcessTerminate onmatch="include"/>
  <NetworkConnect onmatch="exclude"/>
</EventFiltering></Sysmon>
XML

: >"$work/ratios"
: >"$work/cpu"
for ((pair = 0; pair < pairs; ++pair)); do
  # The order changes, so that a trend of the machine hits both.
  if ((pair % 2)); then without=$(storm); fi
  start_agent --config "$work/network.xml"
  before=$(ticks)
  with=$(storm)
  sleep 0.2
  echo "$(ticks) $before $hertz $connections" |
    awk '{ print ($1 - $2) / $3 / (2 * $4) * 1e6 }' >>"$work/cpu"
  stop_agent
  ((pair % 2)) || without=$(storm)
  echo "$with $without" | awk '{ print $1 / $2 }' >>"$work/ratios"
  seen=$(grep -c '"Image">[^<]*/connect_storm<.*"Protocol">tcp<' "$work/events")
  ((seen == 2 * connections)) || echo "pair $pair: $seen events of $connections connections"
done
printf '%d connections, opened and accepted, each end written: elapsed time is %s times that without, of %d pairs\n' \
  "$connections" "$(median <"$work/ratios")" "$pairs"
printf 'CPU time of the agent for one event: %s us\n' "$(median <"$work/cpu")"
