#!/usr/bin/env bash
# usage: run_guest.sh NAME SERIES ROOT.cpio DIRECTORY [KERNEL-ARGUMENT...]
# Boots the newest kernel of SERIES (see fetch_kernel.sh) in QEMU on the root that make_root.sh
# packed, lets the guest run its tests, and fails unless each of them passed, or was skipped as
# tests/report/skips.txt allows. DIRECTORY keeps, under NAME, what the guest wrote.
#
# KERNEL-ARGUMENTs give the guest GUEST_TESTS, a --gtest_filter; one in the environment comes before
# it. So do GUEST_SUITE_SECONDS and GUEST_SECONDS, how long a suite and the whole guest may take.
#
# The guest is emulated: neither root nor /dev/kvm is needed.
set -euo pipefail

name=$1 series=$2 root=$3 directory=$4
shift 4
here=$(dirname "$(readlink -f "$0")")
report=$here/../report
work=$directory/$name
rm -rf "$work"
mkdir -p "$work"

kernel=$("$here/fetch_kernel.sh" "$series")
{ read -r version && read -r vmlinuz && read -r modules; } <<<"$kernel"

# Kernels of some series take compressed modules only from modprobe.
# unpack FOLDER MODULE: guest_init.sh loads those in "modules", tests may load those in "spare_modules".
unpack() {
  local found
  found=$(find "$modules" -name "$2.ko*")
  [[ $found ]] || { echo "$version has no module $2"; exit 1; }
  mkdir -p "$work/root/harness/$1"
  case $found in
    *.xz) xz -dc "$found" ;;
    *.zst) zstd -dc "$found" ;;
    *) cat "$found" ;;
  esac >"$work/root/harness/$1/$2.ko"
}
unpack modules overlay
unpack modules brd  # block devices
unpack spare_modules dummy
(cd "$work/root" && find . -mindepth 1 | cpio --create --format newc --owner 0:0 --quiet) |
  cat "$root" - >"$work/initramfs"

# One thread for both of the guest's CPUs: those of QEMU before 8.1 may run code as it was before another
# CPU patched it, of which a kernel panics now and then that patches itself as it boots.
status=0
begin=$SECONDS
timeout -k 5 "${GUEST_SECONDS:-1200}" qemu-system-x86_64 \
  -accel tcg,thread=single -cpu max -smp 2 -m 1024 -nodefaults -nographic -no-reboot \
  -kernel "$vmlinuz" -initrd "$work/initramfs" \
  -serial "file:$work/console" -serial "file:$work/results" \
  -append "console=ttyS0 panic=-1 mitigations=off ia32_emulation=1 lsm=lockdown,yama,apparmor,bpf \
$* ${GUEST_TESTS:+GUEST_TESTS=$GUEST_TESTS} GUEST_SUITE_SECONDS=${GUEST_SUITE_SECONDS:-300}" \
  </dev/null || status=$?
seconds=$((SECONDS - begin))
rm -rf "$work/root" "$work/initramfs"

if ((status)) || [[ $(tail -n 1 "$work/results") != DONE ]]; then
  echo "$name, Linux $version: the guest did not finish in $seconds s; QEMU's exit status was $status."
  echo 'The last lines of its console and of its results:'
  tail -n 50 "$work/console" "$work/results"
  exit 1
fi
awk -v where="$version" -v skips="$report/skips.txt" -f "$report/judge.awk" "$work/results" \
  >"$work/report" || status=$?
cat "$work/report"
echo "$name, Linux $version: $(tail -n 1 "$work/report") in $seconds s" | tee "$work/summary"
exit $status
