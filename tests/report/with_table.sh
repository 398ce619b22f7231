#!/usr/bin/env bash
# usage: with_table.sh COMMAND...
# Runs COMMAND, which runs phases (phase.sh), and prints a table of them, also where COMMAND fails: what
# each took, the tests that it ran, and each skipped one with its reason. Phases may overlap: the time of
# all is that of the clock. The last line counts all tests.
# Within another with_table.sh it only runs COMMAND: the outer one prints.
set -euo pipefail

[[ -z ${PIDIGREE_PHASES-} ]] || exec "$@"

PIDIGREE_PHASES=$(mktemp)
export PIDIGREE_PHASES
trap 'rm -f "$PIDIGREE_PHASES"' EXIT
status=0
"$@" || status=$?
awk -F '\t' -v seconds=$SECONDS '
  BEGIN { row = "%-22s %7s %7s %7s %7s\n"; printf "\n" row, "phase", "seconds", "passed", "failed", "skipped" }
  $1 == "phase" {
    printf row, $2 ($4 ? ": FAILED" : ""), $3, $5, $6, $7
    passed += $5; failed += $6; skipped += $7
  }
  $1 == "skip" { skips = skips "skipped in " $2 ": " $3 "\n" }
  END {
    printf row "%s", "all", seconds, passed, failed, skipped, skips
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  }' "$PIDIGREE_PHASES"
exit $status
