#!/bin/bash
# Installs a build into an empty directory: the program runs from there and has nothing to say about
# the configurations that come with it.
#
#   install_test.sh CMAKE BUILD-DIRECTORY
set -euo pipefail

cmake=$1 build=$2
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

env -u DESTDIR "$cmake" --install "$build" --prefix "$prefix" >/dev/null
for name in default everything busy-server; do
  said=$("$prefix/bin/pidigree" rules check "$prefix/share/pidigree/config/$name.xml" 2>&1)
  if [[ -n $said ]]; then
    echo "$said"
    exit 1
  fi
done
unit=$prefix/lib/systemd/system/pidigree.service
start="$prefix/bin/pidigree run --config $prefix/share/pidigree/config/default.xml \$PIDIGREE_OPTIONS"
grep -qxF "ExecStart=$start" "$unit" || {
  echo "the unit does not start what was installed to $prefix, with its configuration unless told otherwise"
  exit 1
}
if grep -q '^Environment=.*PIDIGREE_OPTIONS' "$unit"; then
  echo "options of the unit that those of /etc/default/pidigree replace"
  exit 1
fi
