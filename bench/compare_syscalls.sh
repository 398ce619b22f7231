#!/usr/bin/env bash
# usage: bench/compare_syscalls.sh BUILD-DIRECTORY [PAIRS [CALLS]]
# CPU time of calls that nobody watches while every event is watched, without and with
# --compat-syscalls, over that without an agent; and what of it is the kernel's own: the same with BPF
# programs that do nothing at the exit of one other call, and at all exits. Needs root and BPF.
# count_syscalls.sh counts instructions instead.
set -euo pipefail

build=$(readlink -f "$1")
pairs=${2:-20}
calls=${3:-5000000}
top=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=bench/watched.sh
source "$top/bench/watched.sh"
# storm [PROGRAM [ARGUMENT...]]: under PROGRAM. CPU time: so many calls take long enough for it to be
# exact, and other work does not count.
storm() {
  local TIMEFORMAT='%U %S' what
  for what in getppid read; do
    { time "$@" "$build/bench/file_storm" "$calls" $what >"$work/elapsed"; } 2>&1 |
      awk '{ print $1 + $2 }'
  done
}
# measure KIND
measure() {
  case $1 in
    none) storm ;;
    empty-one | empty-all) storm "$build/bench/empty_exit_hooks" "${1#empty-}" ;;
    agent-*)
      # shellcheck disable=SC2046
      start_agent --config "$top/config/everything.xml" $([[ $1 != *compat ]] || echo --compat-syscalls)
      storm
      stop_agent
      ;;
  esac >"$work/$1"
}

kinds=(none empty-one agent-plain empty-all agent-compat)
for ((pair = 0; pair < pairs; ++pair)); do
  # The order changes, so that a trend of the machine hits all.
  order=("${kinds[@]}")
  if ((pair % 2)); then order=(agent-compat empty-all agent-plain empty-one none); fi
  for kind in "${order[@]}"; do measure "$kind"; done
  for kind in "${kinds[@]:1}"; do
    paste "$work/$kind" "$work/none" | awk '{ print $1 / $2 }' >"$work/ratio"
    sed -n 1p "$work/ratio" >>"$work/getppid-$kind"
    sed -n 2p "$work/ratio" >>"$work/read-$kind"
  done
done
# report KIND WHAT
report() {
  printf '%s: getppid takes %s times the CPU time without, read %s times\n' "$2" \
    "$(median <"$work/getppid-$1")" "$(median <"$work/read-$1")"
}
report empty-one 'nothing at the exit of another call'
report agent-plain 'every event'
report empty-all 'nothing at all exits'
report agent-compat 'every event, --compat-syscalls'
