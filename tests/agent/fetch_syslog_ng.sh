#!/usr/bin/env bash
# usage: fetch_syslog_ng.sh FOLDER
# Unpacks Debian's syslog-ng into FOLDER, once. It cannot be installed where rsyslog is; the libraries
# that it needs can (packaging/packages.txt). apt checks the package against the archive's signed index.
set -euo pipefail

folder=$(readlink -m "$1")
[[ ! -x $folder/usr/sbin/syslog-ng ]] || exit 0
rm -rf "$folder.new"
mkdir -p "$folder.new"
cd "$folder.new"
apt-get -qq -o APT::Sandbox::User= download syslog-ng-core || {
  apt-get -qq update
  apt-get -qq -o APT::Sandbox::User= download syslog-ng-core
}
dpkg -x syslog-ng-core_*.deb .
rm syslog-ng-core_*.deb
rm -rf "$folder"
mv "$folder.new" "$folder"
