#!/usr/bin/env bash
# usage: phase.sh NAME RESULTS COMMAND...
# Runs COMMAND and notes for with_table.sh what it took and, from the files of reports that RESULTS, a
# pattern, names when it has ended, what its tests did. RESULTS is - where there are none.
set -euo pipefail

name=$1 results=$2
shift 2
reports() { [[ $results == - ]] || compgen -G "$results" || true; }

printf '== %s\n' "$name"
reports | xargs -r rm -f  # of earlier runs
begin=$SECONDS
status=0
"$@" || status=$?
seconds=$((SECONDS - begin))
printf '== %s: %d s\n' "$name" "$seconds"
reports | xargs -r cat /dev/null | awk -v OFS='\t' -v name="$name" -v seconds=$seconds -v status=$status '
  /^skipped: / { print "skip", name, substr($0, 10) }
  /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { any = 1; passed += $1; failed += $3; skipped += $5 }
  END { if (any) print "phase", name, seconds, status, passed, failed, skipped
        else print "phase", name, seconds, status, "", "", "" }' >>"${PIDIGREE_PHASES:-/dev/null}"
exit $status
