#!/usr/bin/env bash
# usage: bench/run.sh BUILD-DIRECTORY
# Runs every benchmark program, then every comparison with another tool (bench/compare_*.sh).
set -euo pipefail

build=$1
here=$(dirname "$(readlink -f "$0")")
for program in "$build"/bench/*_bench; do
  [[ -x $program ]] && "$program" --benchmark_counters_tabular=true
done
for script in "$here"/compare_*.sh; do
  [[ -x $script ]] && "$script" "$build"
done
