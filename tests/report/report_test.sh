#!/usr/bin/env bash
# What judge.awk must make of a report, run_test.sh of a test, and with_table.sh of phases.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
failures=0

# expect STATUS LAST-LINE REPORT [SKIPS]
expect() {
  local status=0 out
  out=$(awk -v where=5.10.262-1 -v skips=<(printf '%s\n' "${4-}") -f "$here/judge.awk" <<<"$3") ||
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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# same WHAT EXPECTED GOT
same() {
  [[ $2 != "$3" ]] || return 0
  printf '%s: expected\n%s\ngot\n%s\n' "$@"
  failures=$((failures + 1))
}

# run STATUS OUTPUT COMMAND...: of run_test.sh.
run() {
  local expected_status=$1 expected=$2 status=0 out
  shift 2
  out=$("$here/run_test.sh" none "$work/results" Name "$@" 2>&1) || status=$?
  same "run_test.sh $*" "$expected_status: $expected" "$status: $out"
}
run 0 '1 passed, 0 failed, 0 skipped' true
run 1 $'[ RUN      ] Name\noh\nFAIL Name: failed\n0 passed, 1 failed, 0 skipped' \
  sh -c 'echo oh; exit 3'
run 1 $'[ RUN      ] Name\nno kernel\nFAIL Name: skipped, which skips.txt does not allow\n'\
'0 passed, 1 failed, 0 skipped' sh -c 'echo no kernel; exit 77'
TEST_SECONDS=1 run 1 $'[ RUN      ] Name\nFAIL Name: failed\n0 passed, 1 failed, 0 skipped' sleep 60

# A program that says that it has two tests, and ends in the first one.
cat >"$work/program" <<'END'
#!/bin/sh
case $* in
  *--gtest_list_tests*) printf 'Suite.\n  One\n  Two/0  # GetParam() = 5\n  DISABLED_Three\n' ;;
  *) printf '[ RUN      ] Suite.One\nabout one\n'; exit 5 ;;
esac
END
chmod +x "$work/program"
run 1 $'[ RUN      ] Suite.One\nabout one\nFAIL Suite.One: exit status 5\n'\
$'FAIL Suite.Two/0: did not run; exit status 5\n0 passed, 2 failed, 0 skipped' --gtest "$work/program"

status=0
table=$(PIDIGREE_PHASES='' "$here/with_table.sh" bash -c '
  work=$1 phase=$2/phase.sh
  mkdir "$work/reports"
  echo "9 passed, 9 failed, 9 skipped" >"$work/reports/of-the-run-before.report"
  write() { printf "%s\n" "${@:2}" >"$work/reports/$1.report"; }
  export -f write; export work
  "$phase" build - true >/dev/null
  "$phase" tests "$work/reports/*.report" bash -c "
    write a \"3 passed, 0 failed, 0 skipped\"
    write b \"skipped: A.B: no kernel: here\" \"1 passed, 1 failed, 1 skipped\"; exit 8" >/dev/null
' - "$work" "$here") || status=$?
same 'the table' "8: phase seconds passed failed skipped|build S|tests: FAILED S 4 1 1|all S 4 1 1|\
skipped in tests: A.B: no kernel: here|4 passed, 1 failed, 1 skipped" \
  "$status: $(sed -e '/^$/d' -e 's/  */ /g' -e 's/ $//' -e 's/^\([a-zA-Z: ]*\) [0-9][0-9]*/\1 S/' <<<"$table" | paste -sd '|')"
exit $((failures > 0))
