#!/usr/bin/env bash
# usage: show-live-tree.sh PIDIGREE
# Runs the agent for a moment, lets some processes come and go, and prints the tree that it saw.
# Where no agent can run, says why and exits with status 3.
set -euo pipefail

pidigree=$(readlink -f "$1")
((EUID == 0)) || { echo 'no live capture: it needs root' >&2; exit 3; }
[[ -r /sys/kernel/btf/vmlinux ]] || { echo 'no live capture: this kernel has no BTF' >&2; exit 3; }

work=$(mktemp -d)
agent=
cleanup() {
  [[ -z $agent ]] || kill -TERM "$agent" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap cleanup EXIT

"$pidigree" run --state-dir "$work/state" --socket "$work/socket" --output "$work/events.xml" &
agent=$!
for ((i = 0; i < 500; ++i)); do
  grep -qs '>Started<' "$work/events.xml" && break
  kill -0 "$agent" 2>/dev/null || exit 3
  sleep 0.02
done

# A pipeline in a subshell, and a daemon whose parent is gone when it runs its program.
/bin/sh -c '(/bin/ls / | /usr/bin/wc -l) >/dev/null; (sleep 0.1; exec /usr/bin/id -u >/dev/null) & exit 0' demo &
shell=$!
wait "$shell"
sleep 0.5
kill -TERM "$agent"
wait "$agent"
agent=
"$pidigree" tree "$shell" "$work/events.xml"
