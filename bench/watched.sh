# Sourced by the scripts that compare a program's time with and without the agent: a tmpfs in $work,
# an agent ($program, else that of $build) that writes to a file in it, and medians. Ends the script, with a word
# why, where no agent can run.

if ((EUID != 0)) || [[ ! -r /sys/kernel/btf/vmlinux ]]; then
  echo "${0##*/}: skipped: an agent needs root and a kernel with BTF"
  exit 0
fi
work=$(mktemp -d)
mount -t tmpfs -o size=4g none "$work"
agent=
cleanup() {
  [[ -z $agent ]] || kill -KILL "$agent" 2>/dev/null || true
  umount -l "$work"
  rmdir "$work"
}
trap cleanup EXIT

# launch_agent [ARGUMENT...]
launch_agent() {
  rm -rf "$work/state" "$work/events"
  "${program:-$build/pidigree}" run --state-dir "$work/state" --socket "$work/socket" \
    --output "$work/events" "$@" &
  agent=$!
}
# start_agent [ARGUMENT...]: until it has written that it runs.
start_agent() {
  launch_agent "$@"
  until grep -qs '>Started<' "$work/events"; do sleep 0.01; done
}
stop_agent() {
  kill -TERM "$agent"
  wait "$agent"
  agent=
}
agent_status() { "${program:-$build/pidigree}" status --socket "$work/socket"; }
# status KEY: a value of the agent's status.
status() { agent_status | sed -n "s/^$1: //p"; }
lost() { agent_status | awk '/^lost-(RING|SCRATCH|RECURSION|MALFORMED|QUEUE|SINK|NAME)/ { n += $2 } END { print n + 0 }'; }
# CPU time of the agent in clock ticks, of all its threads. What BPF programs cost is in the time of
# the programs that they watch.
ticks() { awk '{ print $14 + $15 }' "/proc/$agent/stat"; }
hertz=$(getconf CLK_TCK)
# Median and the distribution-free 95 % interval of the median of the numbers on standard input.
median() {
  sort -n | awk '{ v[NR] = $1 } END {
    low = int(NR / 2 - 0.98 * sqrt(NR)); high = NR + 1 - low
    if (low < 1) { low = 1; high = NR }
    printf "%.3f (%.3f to %.3f)", (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2), v[low], v[high] }'
}

echo "$(nproc) CPUs, load $(cut -d' ' -f1 /proc/loadavg), Linux $(uname -r)"
