#!/usr/bin/env bash
# usage: bench/count_syscalls.sh BUILD-DIRECTORY [SERIES [CALLS]]
# What system calls that nobody watches cost while every event is watched, in instructions: boots the
# newest Debian kernel of SERIES (6.12; see tests/kernels/fetch_kernel.sh) in QEMU, whose clock goes on
# by a nanosecond with each instruction of the guest. Once as that kernel is, and twice as one that lets
# nobody look into its functions, without and with --compat-syscalls. Needs neither root nor KVM.
set -euo pipefail

build=$(readlink -f "$1")
series=${2:-6.12}
calls=${3:-5000}
top=$(dirname "$(dirname "$(readlink -f "$0")")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

kernel=$("$top/tests/kernels/fetch_kernel.sh" "$series")
{ read -r version && read -r vmlinuz; } <<<"$kernel"
printf '%s\n' "$build/pidigree" "$build/bench/file_storm" >"$work/programs"
"$top/tests/kernels/make_root.sh" "$work/root.cpio" "$work/programs"

mkdir -p "$work/over/harness"
cp "$top/config/everything.xml" "$work/over/harness/"
cat >"$work/over/init" <<SH
#!/harness/busybox sh
/harness/busybox mkdir -p /harness/bin /traces
/harness/busybox --install -s /harness/bin
export PATH=/harness/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tracefs tracefs /traces
exec 3>/dev/ttyS1
# Short ones, begun while nothing else has to be done; of nine, the one with the fewest interrupts.
least() {
  for i in 1 2 3 4 5 6 7 8 9; do
    sleep 0.3
    $build/bench/file_storm $calls "\$1"
  done | sort -n | head -n 1
}
measure() {
  label=\$1
  shift
  rm -rf /tmp/events /tmp/state
  $build/pidigree run --config /harness/everything.xml --output /tmp/events --state-dir /tmp/state \
    --socket /tmp/socket "\$@" >/tmp/agent 2>&1 &
  until grep -q Started /tmp/events 2>/dev/null; do sleep 0.1; done
  sleep 5
  echo "\$label \$($build/pidigree status --socket /tmp/socket | grep -c '^hook: f') \$getppid \$read \$(least getppid) \$(least read)" >&3
  kill %%
  wait
}
sleep 5
getppid=\$(least getppid) read=\$(least read)
mount --bind /traces /sys/kernel/tracing
measure functions
umount /sys/kernel/tracing
# A description of tracepoints that says nothing of functions.
mount -t tmpfs tmpfs /sys/kernel/tracing
mkdir /sys/kernel/tracing/events
mount --bind /traces/events /sys/kernel/tracing/events
measure calls
measure calls,--compat-syscalls --compat-syscalls
reboot -f
SH
chmod 755 "$work/over/init"
(cd "$work/over" && find . -mindepth 1 | cpio --create --format newc --owner 0:0 --quiet) |
  cat "$work/root.cpio" - >"$work/initramfs"

timeout -k 5 900 qemu-system-x86_64 -accel tcg,thread=single -icount shift=0,sleep=off -cpu max \
  -m 1024 -nodefaults -nographic -no-reboot -kernel "$vmlinuz" -initrd "$work/initramfs" \
  -serial "file:$work/console" -serial "file:$work/results" \
  -append 'console=ttyS0 panic=-1 mitigations=off quiet' </dev/null ||
  { tail -n 30 "$work/console"; exit 1; }
echo "Linux $version: instructions of a call, and how many times those without an agent"
awk -v calls="$calls" '
  { printf "%-24s %2d programs on functions; getppid %.0f (%.3f), read %.0f (%.3f)\n",
           $1, $2, $5 / calls * 1e9, $5 / $3, $6 / calls * 1e9, $6 / $4 }
  ($1 == "functions") != ($2 > 0) { wrong = 1 }
  END { exit NR != 3 || wrong }' "$work/results"
