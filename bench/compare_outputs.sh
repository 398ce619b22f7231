#!/usr/bin/env bash
# usage: bench/compare_outputs.sh BUILD-DIRECTORY [PAIRS [EXECS [FILES]]]
# What a second output of the same format costs the agent: its CPU time with two files divided by that
# with one, in interleaved pairs, while a program runs others and while one creates and unlinks files. The
# second file is one in the same tmpfs, and /dev/null, to which writing costs the kernel nothing. Needs
# root and BPF.
set -euo pipefail

build=$(readlink -f "$1")
pairs=${2:-20}
execs=${3:-10000}
files=${4:-50000}
# shellcheck source=bench/watched.sh
source "$(dirname "$(readlink -f "$0")")/watched.sh"
mkdir "$work/files"
cat >"$work/all.xml" <<'XML'
<Sysmon schemaversion="4.90"><HashAlgorithms>IMPHASH</HashAlgorithms><EventFiltering>
<FileCreate onmatch="exclude"/><FileDelete onmatch="exclude"/></EventFiltering></Sysmon>
XML

# CPU time of all threads of the agent.
agent_ns() { cat "/proc/$agent/task"/*/schedstat | awk '{ ns += $1 } END { printf "%d", ns }'; }
# Until what has been seen is written.
settle() { until status output | awk '{ if ($(NF - 1) != 0) exit 1 }'; do sleep 0.05; done; }

# agent_time [ARGUMENT...]: nanoseconds for the execs, and for the files.
agent_time() {
  local before between
  start_agent --config "$work/all.xml" "$@"
  before=$(agent_ns)
  "$build/bench/exec_storm" "$execs" /bin/true >/dev/null
  sleep 0.3
  settle
  between=$(agent_ns)
  "$build/bench/file_storm" "$files" "$work/files" >/dev/null
  sleep 0.3
  settle
  echo "$((between - before)) $(($(agent_ns) - between))"
  [[ $(lost) == 0 ]] || echo "$(lost) events lost" >&2
  stop_agent
}

for ((pair = 0; pair < pairs; ++pair)); do
  one=$(agent_time)
  rm -f "$work/second"
  two=$(agent_time --output "$work/second")
  null=$(agent_time --output /dev/null)
  echo "$one $two $null" | awk -v work="$work" '{
    print $3 / $1 >(work "/exec-two"); print $4 / $2 >(work "/file-two")
    print $5 / $1 >(work "/exec-null"); print $6 / $2 >(work "/file-null") }'
  for figure in {exec,file}-{two,null}; do cat "$work/$figure" >>"$work/$figure.all"; done
done
printf 'CPU time of the agent with two outputs, of that with one; medians of %d pairs\n' "$pairs"
printf '%d execs: %s; the second to /dev/null: %s\n' "$execs" \
  "$(median <"$work/exec-two.all")" "$(median <"$work/exec-null.all")"
printf '%d files: %s; the second to /dev/null: %s\n' "$files" \
  "$(median <"$work/file-two.all")" "$(median <"$work/file-null.all")"
