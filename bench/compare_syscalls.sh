#!/usr/bin/env bash
# usage: bench/compare_syscalls.sh BUILD-DIRECTORY [PAIRS [CALLS]]
# CPU time of calls that nobody watches while every event is watched, without and with
# --compat-syscalls, over that without an agent. Needs root and BPF. count_syscalls.sh counts
# instructions instead.
set -euo pipefail

build=$(readlink -f "$1")
pairs=${2:-20}
calls=${3:-5000000}
top=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=bench/watched.sh
source "$top/bench/watched.sh"
# CPU time: so many calls take long enough for it to be exact, and other work does not count.
storm() {
  local TIMEFORMAT='%U %S' what
  for what in getppid read; do
    { time "$build/bench/file_storm" "$calls" $what >"$work/elapsed"; } 2>&1 | awk '{ print $1 + $2 }'
  done
}

for ((pair = 0; pair < pairs; ++pair)); do
  # The order changes, so that a trend of the machine hits all.
  kinds=('' plain --compat-syscalls)
  if ((pair % 2)); then kinds=(--compat-syscalls plain ''); fi
  for kind in "${kinds[@]}"; do
    if [[ ! $kind ]]; then
      storm >"$work/none"
      continue
    fi
    # shellcheck disable=SC2046
    start_agent --config "$top/config/everything.xml" $([[ $kind == plain ]] || echo "$kind")
    storm >"$work/$kind"
    stop_agent
  done
  for kind in plain --compat-syscalls; do
    paste "$work/$kind" "$work/none" | awk '{ print $1 / $2 }' >"$work/ratio"
    sed -n 1p "$work/ratio" >>"$work/getppid$kind"
    sed -n 2p "$work/ratio" >>"$work/read$kind"
  done
done
for kind in plain --compat-syscalls; do
  printf 'every event, %s: getppid takes %s times the CPU time without, read %s times\n' "$kind" \
    "$(median <"$work/getppid$kind")" "$(median <"$work/read$kind")"
done
