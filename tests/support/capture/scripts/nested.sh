#!/bin/sh
# A script that runs itself four levels deep; each level starts programs of its own.
depth=${DEPTH:-1}
TRUTH_ROLE=nested-before-$depth TRUTH_PARENT=nested-script-$depth "$WITNESS" before "$depth"
if [ "$depth" -lt 4 ]; then
  DEPTH=$((depth + 1)) "$0" "level $((depth + 1))"
fi
TRUTH_ROLE=nested-after-$depth TRUTH_PARENT=nested-script-$depth "$WITNESS" after "$depth"
