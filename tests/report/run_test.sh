#!/usr/bin/env bash
# usage: run_test.sh BUILD RESULTS NAME [--gtest] COMMAND...
# Runs one test for ctest and judges it as those of the guests are judged (judge.awk): one that skips
# itself without leave of skips.txt has failed. With --gtest COMMAND is a GoogleTest program, whose tests
# are judged one by one; else it is one test, which exits with 77 and says why if it skips itself.
#
# BUILD is plain or sanitized. skips.txt knows where it runs as host-BUILD or, without the rights of an
# administrator, which most of what talks to the kernel needs, as user-BUILD.
#
# RESULTS/NAME.report gets what is printed, RESULTS/NAME.output everything that COMMAND wrote.
# TEST_SECONDS (1,400 by default, less than ctest's limit) is how long COMMAND may take.
set -euo pipefail

build=$1 results=$2 name=$3
shift 3
here=$(dirname "$(readlink -f "$0")")
. "$here/suites.sh"
mkdir -p "$results"
output=$results/$name.output
: >"$output"

cap_sys_admin=21  # <linux/capability.h>
capabilities=$(sed -n 's/^CapEff:\t//p' /proc/self/status)
where=user-$build
if ((EUID == 0 && 0x$capabilities >> cap_sys_admin & 1)); then where=host-$build; fi

# run COMMAND...: sets `status`.
run() {
  status=0
  timeout -k 10 "${TEST_SECONDS:-1400}" "$@" </dev/null >>"$output" 2>&1 || status=$?
}

report() {
  local begin suites suite status
  begin=$(uptime_now)
  if [[ $1 == --gtest ]]; then
    shift
    suites=$(list_suites "$@")
    # shellcheck disable=SC2086
    while read -r suite; do [[ -z $suite ]] || announce $suite; done <<<"$suites"
    run "$@"
  else
    echo "TEST $name"
    echo "[ RUN      ] $name" >>"$output"
    run "$@"
    case $status in
      0) result='       OK ' ;;
      77) result='  SKIPPED ' status=0 ;;
      *) result='  FAILED  ' ;;
    esac
    echo "[$result] $name (0 ms)" >>"$output"
  fi
  report_end "$status" "$begin" "$name" "$output"
  echo DONE
}

report "$@" | awk -v where="$where" -v skips="$here/skips.txt" -f "$here/judge.awk" |
  tee "$results/$name.report"
