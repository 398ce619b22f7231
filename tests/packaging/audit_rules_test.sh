#!/bin/bash
# Loads every line of a rule file into the running kernel and takes it out again: a rule that
# auditctl or the kernel rejects fails the test.
#
#   audit_rules_test.sh FILE.rules
#
# Each rule is narrowed to a uid that nobody has, so nothing is ever recorded, and removed by name;
# rules of the machine's own stay as they are. Exit status 77: the machine cannot do it, for the
# reason printed.
set -euo pipefail

rules=$1
readonly nobody_has=1999999123

skip() {
  echo "skipped: $*"
  exit 77
}
[ "$(id -u)" = 0 ] || skip "loading audit rules needs root"
command -v auditctl >/dev/null || skip "auditctl is not installed"
[ "$(uname -m)" = x86_64 ] || skip "the rule files are for x86_64"
status=$(auditctl -s 2>&1) || skip "no access to the kernel's audit: $status"
setting() { awk -v name="$1" '$1 == name { print $2 }' <<<"$status"; }
[ "$(setting enabled)" != 2 ] || skip "the audit configuration is locked until reboot"

loaded=()
restore() {
  local i
  for ((i = ${#loaded[@]} - 1; i >= 0; --i)); do
    read -ra rule <<<"${loaded[i]}"
    auditctl "${rule[@]/#-a/-d}" >/dev/null || echo "could not remove: ${loaded[i]}"
  done
  auditctl -b "$(setting backlog_limit)" >/dev/null
  auditctl --backlog_wait_time "$(setting backlog_wait_time)" >/dev/null
}
trap restore EXIT

failures=0
accepted=0
while IFS= read -r line; do
  [[ $line == -* ]] || continue
  narrowed=$line
  [[ $line == -a* ]] && narrowed+=" -F uid=$nobody_has"
  read -ra words <<<"$narrowed"
  if message=$(auditctl "${words[@]}" 2>&1); then
    [[ $line == -a* ]] && loaded+=("$narrowed")
    accepted=$((accepted + 1))
  else
    echo "rejected: $line"
    echo "$message"
    failures=$((failures + 1))
  fi
done <"$rules"

in_kernel=$(auditctl -l | grep -c "uid=$nobody_has" || true)
if [ "$in_kernel" != "${#loaded[@]}" ]; then
  echo "${#loaded[@]} rules were accepted, but the kernel holds $in_kernel"
  failures=$((failures + 1))
fi
echo "$accepted lines accepted"
[ "$accepted" -gt 0 ] && [ "$failures" = 0 ]
