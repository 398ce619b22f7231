#!/harness/busybox sh
# Process 1 of a guest. Runs every suite of tests of the programs that /harness/programs lists, each
# in a process of its own, and reports over the second serial port, where the kernel never writes
# (tests/report/suites.sh says in which form).
#
# The kernel's command line sets GUEST_TESTS, a pattern of test names, GUEST_SUITE_SECONDS, the time
# that one suite may take, and perhaps GUEST_INIT: another process 1, which starts this one.
export PATH=/harness/bin:/usr/sbin:/usr/bin HOME=/root
export PIDIGREE_PROPERTY_SCALE=0.02  # random tests find as much in many runs as in one long one

# Programs see what they see on hosts: a root file system mounted over the first one.
if [ ! -e /harness/moved ]; then
  /harness/busybox mkdir -p /harness/bin /newroot
  /harness/busybox --install -s /harness/bin
  mount -t tmpfs -o mode=755 tmpfs /newroot
  for entry in /*; do
    case $entry in
      /dev | /proc | /sys | /newroot) ;;
      *) cp -a "$entry" /newroot ;;
    esac
  done
  mkdir /newroot/dev /newroot/proc /newroot/sys
  touch /newroot/harness/moved
  exec switch_root /newroot "${GUEST_INIT:-/init}"
fi

if [ $$ = 1 ]; then
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t devtmpfs devtmpfs /dev
  mkdir -p /dev/pts /dev/shm
  mount -t devpts devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount -t tracefs tracefs /sys/kernel/tracing
  mount -t securityfs securityfs /sys/kernel/security
  mount -t bpf bpf /sys/fs/bpf
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
for module in /harness/modules/*; do insmod "$module"; done
ip link set lo up
hostname -F /etc/hostname
stty -F /dev/ttyS1 raw -echo
exec 3>/dev/ttyS1

. /harness/suites.sh

# run PROGRAM SUITE. TEST...
run() {
  local program=$1 suite=$2 begin status=0 filter=
  shift
  announce "$@" >&3
  shift
  for test; do filter=$filter:$suite$test; done
  begin=$(uptime_now)
  env PATH=/usr/sbin:/usr/bin timeout -s KILL "$GUEST_SUITE_SECONDS" \
    "$program" --gtest_filter="${filter#:}" </dev/null >/tmp/output 2>&1 || status=$?
  kill -9 -1  # everything but this process: what a suite left behind must not meet the next one
  report_end "$status" "$begin" "${suite%.}" /tmp/output >&3
}

while read -r program; do
  list_suites "$program" --gtest_filter="$GUEST_TESTS" >/tmp/suites
  # shellcheck disable=SC2086
  while read -r suite; do run "$program" $suite; done </tmp/suites
done </harness/programs
echo DONE >&3
reboot -f
