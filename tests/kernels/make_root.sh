#!/usr/bin/env bash
# usage: make_root.sh OUTPUT.cpio PROGRAM-LIST FILE...
# Packs the root of a guest: busybox and guest_init.sh as /init, and every FILE at the path it has
# here, with the shared libraries it needs. A FILE is a program, a plain file or a whole folder; of
# FOLDER/. the content is put into the root itself.
# PROGRAM-LIST names the test programs, one path a line.
set -euo pipefail

output=$(readlink -f "$1")
programs=$(readlink -f "$2")
shift 2
here=$(dirname "$(readlink -f "$0")")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# add PATH: a symbolic link brings its target, a folder its content. Folders of the path that are
# links here (/bin on a merged /usr) are links in the guest.
add() {
  local path=$1 part=''
  [[ ! -e $root$path || -d $path ]] || return 0
  [[ -e $path ]] || { printf '%s: %s is not here\n' "${0##*/}" "$path" >&2; exit 1; }
  local real
  real=$(readlink -f "$(dirname "$path")")/$(basename "$path")
  mkdir -p "$root$(dirname "$real")"
  [[ -e $root$real && ! -d $real ]] || cp -a "$real" "$root$(dirname "$real")/"
  if [[ -L $real ]]; then add "$(readlink -f "$real")"; fi
}

mkdir -p "$root"/{harness,usr/{bin,sbin,lib,lib64},etc,dev,proc,sys,tmp,run,var/{lib,log,tmp},root}
for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done

for path in "$@" $(<"$programs"); do
  case $path in
    */.) cp -a "$path" "$root" ;;
    *) add "$path" ;;
  esac
  while read -r program; do
    for library in $(ldd "$program" 2>/dev/null | grep -o '/[^ ]*'); do add "$library"; done
  done < <(find -L "$path" -type f '(' -perm /111 -o -name '*.so' ')')
done

cp "$(command -v busybox)" "$root/harness/busybox"
cp "$here/guest_init.sh" "$root/init"
cp "$here/../report/suites.sh" "$root/harness/"
cp "$programs" "$root/harness/programs"
chmod 755 "$root/init" "$root"
chmod 1777 "$root/tmp" "$root/var/tmp"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
echo guest >"$root/etc/hostname"
printf '%s\n' 127.0.0.1\ localhost '::1 localhost' >"$root/etc/hosts"
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'daemon:x:1:1::/:/usr/sbin/nologin' \
  'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin' >"$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'daemon:x:1:' 'nogroup:x:65534:' >"$root/etc/group"

(cd "$root" && find . -mindepth 1 -print0 | sort -z |
  cpio --null --create --format newc --owner 0:0 --reproducible --quiet) >"$output"
