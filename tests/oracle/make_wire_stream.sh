#!/usr/bin/env bash
# usage: make_wire_stream.sh BUILD-DIRECTORY SERIES OUTPUT.gz [COUNT]
# Makes a stream of tests/data/wire: boots the newest kernel of SERIES (see fetch_kernel.sh) in QEMU, where
# mixed_work does COUNT things of all kinds (1000) and record_wire writes down what the BPF programs say of
# them.
set -euo pipefail

build=$(readlink -f "$1") series=$2 output=$(readlink -f "$3") count=${4:-1000}
kernels=$(dirname "$(readlink -f "$0")")/../kernels
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{ read -r _ && read -r vmlinuz && read -r modules; } < <("$kernels/fetch_kernel.sh" "$series")
cp "$build/tests/agent/mixed_work" "$build/tests/oracle/record_wire" "$work"
echo "$work/record_wire" >"$work/programs"
"$kernels/make_root.sh" "$work/root.cpio" "$work/programs" "$work/mixed_work" /bin/true
mkdir -p "$work/more/harness/spare_modules"
for module in overlay brd spare_modules/dummy; do
  file=$(find "$modules" -name "${module##*/}.ko*")
  case $file in
    *.xz) xz -dc "$file" ;;
    *) cat "$file" ;;
  esac >"$work/more/harness/$module.ko"
done
cat >"$work/more/init" <<GUEST
#!/harness/busybox sh
/harness/busybox --install -s /bin
mkdir /root/work
cp $work/mixed_work $work/record_wire /root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /tmp
insmod /harness/overlay.ko
insmod /harness/brd.ko
ip link set lo up
cd /root
stty -F /dev/ttyS1 raw
./record_wire stream ./mixed_work functions /root/work $count >account
gzip -9 -c stream | base64 >/dev/ttyS1
poweroff -f
GUEST
chmod 755 "$work/more/init"
(cd "$work/more" && find . -mindepth 1 | cpio --create --format newc --owner 0:0 --quiet) |
  cat "$work/root.cpio" - >"$work/initramfs"

timeout -k 5 600 qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 1024 -nodefaults \
  -nographic -no-reboot -kernel "$vmlinuz" -initrd "$work/initramfs" \
  -serial "file:$work/console" -serial "file:$work/stream" \
  -append 'console=ttyS0 panic=-1 mitigations=off lsm=lockdown,yama,bpf' </dev/null
base64 -d <"$work/stream" >"$output"
gzip -t "$output" && [[ -s $output ]] || { tail -n 30 "$work/console"; exit 1; }
