#!/usr/bin/env bash
# usage: bench/compare_agent.sh BUILD-DIRECTORY [PAIRS [EXECS [PROCESSES]]]
# What the agent costs the host that it watches: time of programs, its own CPU time, memory, start.
# Needs root and BPF. docs/performance.md explains what is measured and why.
set -euo pipefail

build=$(readlink -f "$1")
pairs=${2:-20}
execs=${3:-20000}
processes=${4:-500000}
# shellcheck source=bench/watched.sh
source "$(dirname "$(readlink -f "$0")")/watched.sh"
storm() { "$build/bench/exec_storm" "$@"; }

cat >"$work/no-hashes.xml" <<'XML'
<Sysmon schemaversion="4.90"><HashAlgorithms>IMPHASH</HashAlgorithms><EventFiltering/></Sysmon>
XML

: >"$work/ratios"
: >"$work/cpu"
for ((pair = 0; pair < pairs; ++pair)); do
  # The order changes, so that a trend of the machine hits both.
  if ((pair % 2)); then without=$(storm "$execs" /bin/true); fi
  start_agent
  before="$(ticks) $(status facts-exec)"
  with=$(storm "$execs" /bin/true)
  sleep 0.2
  # Of all execs: other programs of the machine call it, too.
  echo "$(ticks) $(status facts-exec) $before $hertz" |
    awk '{ print ($1 - $3) / $5 / ($2 - $4) * 1e6 }' >>"$work/cpu"
  all_lost=$(lost)
  stop_agent
  ((pair % 2)) || without=$(storm "$execs" /bin/true)
  echo "$with $without" | awk '{ print $1 / $2 }' >>"$work/ratios"
  [[ $all_lost == 0 ]] || echo "pair $pair: $all_lost events lost"
  seen=$(grep -c '<EventID>1<.*<Data Name="CommandLine">/bin/true<' "$work/events")
  ((seen >= execs)) || echo "pair $pair: only $seen of $execs execs written"
done
printf '%d vfork+exec, everything logged: elapsed time is %s times that without, of %d pairs\n' \
  "$execs" "$(median <"$work/ratios")" "$pairs"
printf 'CPU time of the agent for one exec and its exit: %s us\n' "$(median <"$work/cpu")"

head -c 30000000 /dev/urandom >"$work/ballast"
cat /bin/true "$work/ballast" >"$work/large"
chmod 755 "$work/large"
rm "$work/ballast"
sed 's/IMPHASH/SHA1,MD5,SHA256/' "$work/no-hashes.xml" >"$work/all-hashes.xml"
for ((round = 0; round < 5; ++round)); do
  start_agent --config "$work/all-hashes.xml"
  before=$(ticks)
  storm 300 "$work/large" >/dev/null
  sleep 0.5
  echo "$(ticks) $before $hertz" | awk '{ print ($1 - $2) / $3 }'
  hashed=$(grep -c '<EventID>1<.*"Image">[^<]*/large<.*SHA1=.*,MD5=.*,SHA256=' "$work/events")
  stop_agent
  [[ $hashed == 300 ]] || echo "only $hashed of 300 hashed" >&2
  # Each round has a file that nobody has read before.
  echo >>"$work/large"
done >"$work/hashes"
printf '300 execs of a 30 MB binary, three hashes each: CPU time of the agent %s s\n' \
  "$(median <"$work/hashes")"

# From the execve of the agent to event 4, and to the line of a process that is started right after.
for ((round = 0; round < 15; ++round)); do
  rm -rf "$work/state" "$work/events"
  "$build/bench/agent_start" "$work/events" "$build/pidigree" run --state-dir "$work/state" \
    --socket "$work/socket" --output "$work/events"
done >"$work/starts"
printf 'start to event 4: %s s; to the first line: %s s\n' \
  "$(cut -d' ' -f1 "$work/starts" | median)" "$(cut -d' ' -f2 "$work/starts" | median)"

# Memory: what is resident, and what the kernel holds for maps and programs, over many processes.
maps() { awk '/^memlock:/ { n += $2 } END { print n + 0 }' "/proc/$agent/fdinfo"/*; }
start_agent
printf 'memory in MB (resident, kernel):'
step=$((processes / 5))
for ((done = 0; done < processes; done += step)); do
  storm $step /bin/true >/dev/null
  printf ' %d: %s' $((done + step)) \
    "$(echo "$(status memory-bytes) $(maps)" | awk '{ printf "%.1f %.1f", $1 / 1e6, $2 / 1e6 }')"
done
printf '; lost %s\n' "$(lost)"
stop_agent

# What announcements are of a log where shells do the work, and what leaving them out saves.
cat >"$work/subshells" <<'SH'
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  (a=$(/bin/echo x | /bin/cat); (/bin/true; /bin/true))
  /bin/echo "$a" | while read -r b; do /bin/true; done
done
SH
sed 's|IMPHASH|SHA256|; s|<EventFiltering/>|<EventFiltering><ProcessCreate onmatch="exclude"><Description condition="is">fork</Description></ProcessCreate></EventFiltering>|' \
  "$work/no-hashes.xml" >"$work/no-forks.xml"
for config in '' "--config $work/no-forks.xml"; do
  # shellcheck disable=SC2086
  start_agent $config
  for ((i = 0; i < 20; ++i)); do /bin/sh "$work/subshells"; done
  sleep 0.2
  total=$(grep -c '<EventID>[15]<' "$work/events" || true)
  forks=$(grep -c '<Data Name="Description">fork<' "$work/events" || true)
  running=$(grep -c '<Data Name="Description">running<' "$work/events" || true)
  printf 'shells %s: %d events 1 and 5, of these fork %d, running %d; %d bytes; CPU time of the agent %d ticks\n' \
    "${config:+without fork announcements}" "$total" "$forks" "$running" "$(stat -c %s "$work/events")" "$(ticks)"
  stop_agent
done
