#!/usr/bin/env bash
# What judge.awk must make of a guest's report.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
failures=0

# expect STATUS LAST-LINE REPORT [SKIPS]
expect() {
  local status=0 out
  out=$(awk -v version=5.10.262-1 -v skips=<(printf '%s\n' "${4-}") -f "$here/judge.awk" <<<"$3") ||
    status=$?
  if [[ $status != "$1" || ${out##*$'\n'} != "$2" ]]; then
    printf 'report:\n%s\nexpected %s, "%s"; got %s:\n%s\n' "$3" "$1" "$2" "$status" "$out"
    failures=$((failures + 1))
  fi
}

# ended RESULT TEST: what GoogleTest prints around what a test prints.
ended() { printf '| [ RUN      ] %s\n| why\n| [%s] %s (5 ms)\n' "${2%%,*}" "$1" "$2"; }
passed='       OK ' failed='  FAILED  ' skipped='  SKIPPED '

one=$(printf 'TEST A.B\n%s\nEND 0 0.3 A' "$(ended "$passed" A.B)")
two=$(printf 'TEST A.B\nTEST A.C\n%s' "$(ended "$passed" A.B)")
skips=$(printf '%s\n%s\nEND 0 0.3 A' "$two" "$(ended "$skipped" A.C)")

expect 0 '1 passed, 0 failed, 0 skipped' "$one"$'\nDONE'
expect 0 '2 passed, 0 failed, 0 skipped' "$two"$'\n'"$(ended "$passed" A.C)"$'\nEND 0 1.0 A\nDONE'
expect 1 '1 passed, 0 failed, 0 skipped' "$one"
expect 1 '0 passed, 0 failed, 0 skipped' DONE
expect 1 '1 passed, 1 failed, 0 skipped' "$two"$'\n'"$(ended "$failed" A.C)"$'\nEND 1 1.0 A\nDONE'
expect 1 '1 passed, 1 failed, 0 skipped' \
  "$two"$'\n'"$(ended "$failed" 'A.C, where GetParam() = 4-byte object <05-00 00-00>')"$'\nEND 1 1.0 A\nDONE'
# Crashed within a test, and before the next one.
expect 1 '1 passed, 1 failed, 0 skipped' "$two"$'\n| [ RUN      ] A.C\nEND 139 1.0 A\nDONE'
expect 1 '1 passed, 1 failed, 0 skipped' "$two"$'\nEND 139 1.0 A\nDONE'
# Failed outside of its tests.
expect 1 '1 passed, 1 failed, 0 skipped' "${one/END 0/END 1}"$'\nDONE'
expect 1 '1 passed, 1 failed, 0 skipped' "$skips"$'\nDONE'
expect 0 '1 passed, 0 failed, 1 skipped' "$skips"$'\nDONE' '5\.10\..* A\.C no such helper'
expect 1 '1 passed, 1 failed, 0 skipped' "$skips"$'\nDONE' '6\.1\..* A\.C no such helper'
expect 1 '1 passed, 1 failed, 0 skipped' "$skips"$'\nDONE' '5\.10\..* A no such helper'
exit $((failures > 0))
