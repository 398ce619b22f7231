#!/usr/bin/env bash
# usage: fuzz/run.sh BUILD-DIRECTORY SECONDS
# Fuzzes each target for SECONDS, from its corpus in fuzz/corpus/. What it finds new is kept in
# BUILD-DIRECTORY/corpus/, an input that crashes in BUILD-DIRECTORY/crashes/. Fails on the first one.
set -euo pipefail

build=$1 seconds=$2
seeds=$(dirname "$(readlink -f "$0")")/corpus
ran=0
for target in "$build"/fuzz/*_fuzz; do
  [[ -x $target ]] || continue
  name=${target##*/}
  mkdir -p "$build/corpus/$name" "$build/crashes"
  printf '== %s\n' "$name"
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$build/crashes/$name-" \
    "$build/corpus/$name" "$seeds/$name"
  ran=$((ran + 1))
done
((ran > 0)) || { printf 'no fuzz target in %s\n' "$build/fuzz" >&2; exit 1; }
