#!/usr/bin/env bash
# Installs the packages of the given groups of packages.txt (all groups without an argument) that are
# missing. Without anything to do it needs neither root nor network.
#
# Services that a package brings (auditd) are neither started nor enabled: a build must not change
# what a machine runs.
set -euo pipefail

list=$(dirname "$(readlink -f "$0")")/packages.txt
wanted=" ${*:-build test bench kernels} "

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

groups=" "
missing=()
while read -r group package rest; do
  [[ -z $group || $group == \#* ]] && continue
  [[ -n $package && -z $rest ]] || fail "$list: expected \"GROUP PACKAGE\", got \"$group $package $rest\""
  groups+="$group "
  [[ $wanted == *" $group "* ]] || continue
  [[ " ${missing[*]-} " == *" $package "* ]] && continue
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
  [[ $status == installed ]] || missing+=("$package")
done <"$list"
for group in $wanted; do
  [[ $groups == *" $group "* ]] || fail "no group \"$group\" in $list"
done
((${#missing[@]})) || exit 0

command -v apt-get >/dev/null ||
  fail "no apt-get here; install by hand what these Debian packages hold: ${missing[*]}"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "needs root (or sudo) to install: ${missing[*]}"
  as_root=(sudo)
fi
printf 'installing %s\n' "${missing[*]}" >&2

# invoke-rc.d asks policy-rc.d before it starts a service; one that the machine has already is the
# administrator's and stays.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  "${as_root[@]}" sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}
installed() { dpkg-query -W -f='${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p'; }
before=$(installed)
apt update || printf 'apt-get update failed; trying with the lists that are here\n' >&2
apt install --no-install-recommends "${missing[@]}" >/dev/null ||
  fail "apt-get could not install: ${missing[*]}"

# What the packages enabled for the next boot, those that came as dependencies included.
if command -v systemctl >/dev/null; then
  installed | { grep -vxF "$before" || true; } | while read -r package; do
    dpkg-query -L "$package" | sed -n 's|^\(/usr\)\?/lib/systemd/system/\([^/@]*\.service\)$|\2|p'
  done | xargs -r "${as_root[@]}" systemctl --quiet disable
fi
