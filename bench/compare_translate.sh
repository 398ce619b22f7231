#!/usr/bin/env bash
# usage: bench/compare_translate.sh BUILD-DIRECTORY [ROUNDS]
# How fast `pidigree translate` reads audit logs, beside the tools that people read them with, and
# how much memory it takes. docs/performance.md explains what is measured and why.
set -euo pipefail

build=$(readlink -f "$1")
rounds=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
core=$(awk '/^Cpus_allowed_list/ { sub(/[-,].*/, "", $2); print $2 }' /proc/self/status)
other_core=$(awk '/^Cpus_allowed_list/ { sub(/.*[-,]/, "", $2); print $2 }' /proc/self/status)

# measure NAME FILE COMMAND...: one run; adds a line `name bytes seconds cpu-seconds` to the results.
measure() {
  local name=$1 file=$2 seconds
  shift 2
  TIMEFORMAT='%R %U %S'
  if ! seconds=$({ time "$@" <"$file" >/dev/null 2>"$work/errors"; } 2>&1); then
    echo "failed: $*" >&2
    cat "$work/errors" >&2
    exit 1
  fi
  echo "$name $(stat -c %s "$file") $seconds" |
    awk '{ print $1, $2, $3, $4 + $5 }' >>"$work/results"
}

# table TITLE: medians of the results, each compared with pidigree's.
table() {
  printf '\n%s\n%-22s %8s %10s %10s %12s\n' "$1" tool MB MB/s 'MB/s CPU' 'pidigree is'
  sort -s -k1,1 "$work/results" | awk '
    function median(values, count,   i, j, swap) {
      for (i = 2; i <= count; ++i)
        for (j = i; j > 1 && values[j - 1] > values[j]; --j) {
          swap = values[j]; values[j] = values[j - 1]; values[j - 1] = swap
        }
      return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
    }
    function finish() {
      if (!count) return
      wall = median(walls, count); cpu = median(cpus, count)
      print name, bytes / 1e6, (wall > 0 ? bytes / 1e6 / wall : 0), (cpu > 0 ? bytes / 1e6 / cpu : 0)
      count = 0
    }
    $1 != name { finish(); name = $1; bytes = $2 }
    { ++count; walls[count] = $3; cpus[count] = $4 }
    END { finish() }' >"$work/medians"
  local ours
  ours=$(awk '$1 == "pidigree" { print $4 }' "$work/medians")
  sort -k4,4n "$work/medians" | awk -v ours="$ours" '{
    printf "%-22s %8.0f %10.1f %10.1f %11.2fx\n", $1, $2, $3, $4, ($4 > 0 ? ours / $4 : 0) }'
  rm "$work/results"
}

# peak_memory TITLE COMMAND...: the highest RssAnon of a run that reads standard input.
peak_memory() {
  local title=$1 peak=0 now pid
  shift
  "$@" >/dev/null 2>"$work/errors" <&0 &
  pid=$!
  while now=$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
    ((now > peak)) && peak=$now
    sleep 0.02
  done
  wait "$pid" || { cat "$work/errors" >&2; exit 1; }
  printf '%-58s %6.1f MiB\n' "$title" "$(awk -v kib="$peak" 'BEGIN { print kib / 1024 }')"
}

# two_copies LOG: two programs that share nothing, each on a CPU of its own; adds their speeds, the
# most that this machine gives to any program with two threads, to the results.
two_copies() {
  local log=$1 cpu
  for cpu in "$core" "$other_core"; do
    (TIMEFORMAT='%R %U %S'
      time taskset -c "$cpu" "$build/pidigree" translate --output /dev/null --node host "$log" \
        2>"$work/errors.$cpu") 2>"$work/time.$cpu" &
  done
  wait
  cat "$work/time.$core" "$work/time.$other_core" |
    awk -v bytes="$(stat -c %s "$log")" '{ speed += 1 / $1; cpu += $2 + $3 }
      END { print "two-copies", 2 * bytes, 2 / speed, cpu }' >>"$work/results"
}

cat >"$work/laurel.conf" <<EOF
directory = "$work/laurel"
input = "stdin"
[auditlog]
file = "events.json"
size = 10000000000
generations = 1
EOF
mkdir "$work/laurel"

pinned=(taskset -c "$core")
one_core=("${pinned[@]}" "$build/pidigree" translate --output /dev/null --node host)

# compare LOG SLICE TITLE: the slow tools read the slice, its beginning.
compare() {
  local log=$1 slice=$2 title=$3 round
  for ((round = 0; round < rounds; ++round)); do
    measure pidigree "$log" "${one_core[@]}" "$log"
    measure wc-l "$log" "${pinned[@]}" wc -l
    measure ausearch-csv "$slice" "${pinned[@]}" ausearch --format csv -if "$slice"
    measure ausearch-raw "$slice" "${pinned[@]}" ausearch --raw -if "$slice"
    [ ! -x "$build/bench/auparse_loop" ] ||
      measure auparse-loop "$slice" "${pinned[@]}" "$build/bench/auparse_loop" "$slice"
    measure laurel "$slice" "${pinned[@]}" laurel -c "$work/laurel.conf"
    rm -f "$work"/laurel/*
  done
  table "$title"
}

# wrap FORM: an audit log as a collector would have it, each record in a line of its own.
wrap() {
  awk -v form="$1" '
    form == "syslog" { print "Nov 23 16:59:04 host audispd: " $0; next }
    {
      type = substr($1, 6)
      split($2, stamp, /[(.:)]/)
      fields = substr($0, index($0, "): ") + 3)
      gsub(/["\\]/, "\\\\&", fields)
    }
    form == "filebeat" {
      printf "{\"@timestamp\":\"2026-11-23T16:59:04.381Z\",\"@metadata\":{\"beat\":\"filebeat\"," \
        "\"type\":\"_doc\",\"version\":\"8.11.1\"},\"log\":{\"offset\":%d," \
        "\"file\":{\"path\":\"/var/log/audit/audit.log\"}},\"message\":\"%s %s %s\"," \
        "\"input\":{\"type\":\"log\"},\"ecs\":{\"version\":\"8.0.0\"},\"host\":{\"name\":\"host\"}," \
        "\"agent\":{\"id\":\"6a1c9a52-4e35-4b6f-9d2e-7f8a9b0c1d2e\",\"name\":\"host\"," \
        "\"type\":\"filebeat\",\"version\":\"8.11.1\"}}\n", offset, $1, $2, fields
      offset += length($0) + 1
    }
    form == "journal" {
      time = stamp[2] stamp[3] "000"
      printf "{\"__CURSOR\":\"s=0a1b;i=%s\",\"__REALTIME_TIMESTAMP\":\"%s\"," \
        "\"_BOOT_ID\":\"0123456789abcdef0123456789abcdef\"," \
        "\"_MACHINE_ID\":\"0123456789abcdef0123456789abcdef\",\"_HOSTNAME\":\"host\"," \
        "\"_TRANSPORT\":\"audit\",\"SYSLOG_FACILITY\":\"4\",\"SYSLOG_IDENTIFIER\":\"audit\"," \
        "\"_AUDIT_TYPE_NAME\":\"%s\",\"_AUDIT_ID\":\"%s\"," \
        "\"_SOURCE_REALTIME_TIMESTAMP\":\"%s\",\"MESSAGE\":\"%s %s\"}\n",
        stamp[4], time, type, stamp[4], time, type, fields
    }'
}

# compare_wrapped LOG SLICE FORM: pidigree reads LOG wrapped, ausearch the slice as it is.
compare_wrapped() {
  local log=$1 slice=$2 form=$3 round
  wrap "$form" <"$log" >"$work/wrapped.log"
  for ((round = 0; round < rounds; ++round)); do
    measure pidigree "$work/wrapped.log" "${one_core[@]}" "$work/wrapped.log"
    measure ausearch-csv "$slice" "${pinned[@]}" ausearch --format csv -if "$slice"
  done
  table "busy host, each record wrapped ($form), beside ausearch on the bare log"
  rm "$work/wrapped.log"
}

make_log() { "$build/bench/make_exec_log" "$@"; }

[ -x "$build/bench/auparse_loop" ] || echo 'auparse_loop is not built: libauparse-dev is missing'
echo "one core, medians of $rounds interleaved runs, $(nproc) CPUs, load $(cut -d' ' -f1 /proc/loadavg)"

make_log --megabytes 200 --proctitle --slower 40 >"$work/quiet.log"
head -c 20000000 "$work/quiet.log" >"$work/quiet-slice.log"
compare "$work/quiet.log" "$work/quiet-slice.log" \
  'quiet host (50 execs a second), with PROCTITLE: where the other tools are fastest'
rm "$work"/quiet*

make_log --megabytes 200 >"$work/busy.log"
head -c 5000000 "$work/busy.log" >"$work/busy-slice.log"
compare "$work/busy.log" "$work/busy-slice.log" \
  'busy host (2,000 execs a second), rules of packaging/audit'

head -c 50000000 "$work/busy.log" >"$work/busy-part.log"
for form in syslog filebeat journal; do
  compare_wrapped "$work/busy-part.log" "$work/busy-slice.log" "$form"
done
rm "$work/busy-part.log"

if [ "$(nproc)" -ge 2 ]; then
  make_log --megabytes 800 >"$work/long.log"
  all_cores=("$build/pidigree" translate --output /dev/null --node host)
  for ((round = 0; round < rounds; ++round)); do
    measure one-cpu "$work/long.log" "${one_core[@]}" "$work/long.log"
    measure other-cpu "$work/long.log" taskset -c "$other_core" "${all_cores[@]}" "$work/long.log"
    measure pidigree "$work/long.log" "${all_cores[@]}" "$work/long.log"
    two_copies "$work/long.log"
  done
  table "one CPU, another, all $(nproc) (pidigree), and two copies with a CPU each: compare MB/s"
  rm "$work/long.log"
fi

printf '\nanonymous memory, highest seen\n'
translate=("$build/pidigree" translate --output /dev/null --node host)
peak_memory '200 MB, PIDs up to 32768' "${translate[@]}" "$work/busy.log" </dev/null
make_log --processes 1000000 --pid-max 4194304 |
  peak_memory '1,000,000 processes, PIDs up to 4194304' "${translate[@]}" -
make_log --exec-only --megabytes 400 --pid-max 4194304 |
  peak_memory 'execve records only, 400 MB, PIDs up to 4194304' "${translate[@]}" -
