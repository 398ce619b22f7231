#!/bin/bash
# Records capture_scenario with auditd: a log with a known truth, as tests/data/audit/ keeps it.
set -euo pipefail

usage() {
  cat <<EOF
usage: capture_audit_log.sh --programs DIR --rules FILE --output DIR
                            [--format RAW|ENRICHED] [--node NAME] [--rotate] [--no-reuse]

Starts an auditd of its own, loads FILE narrowed to one login uid, runs the scenario under that
login uid, and leaves in --output audit.log (with --rotate audit.log.1, too) and truth.tsv.
Other processes of the machine are not recorded. When it ends, also by an error, the kernel's audit
is off again and without rules.

  --programs DIR  where capture_scenario and witness have been built
  --rules FILE    a rule file of packaging/audit/
  --node NAME     write node=NAME before each record
  --rotate        begin a second log file halfway
  --no-reuse      leave out the PIDs given again out of turn

Needs root, and a machine whose audit is not in use: off, without rules, without an auditd.
EOF
}

fail() {
  echo "capture_audit_log.sh: $*" >&2
  exit 1
}

programs= rules= output= format=RAW node= rotate= reuse=
while [ $# -gt 0 ]; do
  case $1 in
    --programs) programs=$2; shift ;;
    --rules) rules=$2; shift ;;
    --output) output=$2; shift ;;
    --format) format=$2; shift ;;
    --node) node=$2; shift ;;
    --rotate) rotate=yes ;;
    --no-reuse) reuse=--no-reuse ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ -n "$programs" ] && [ -n "$rules" ] && [ -n "$output" ] || { usage >&2; exit 2; }
[ "$(id -u)" = 0 ] || fail "needs root"

status=$(auditctl -s)
setting() { awk -v name="$1" '$1 == name { print $2 }' <<<"$status"; }
[ "$(setting enabled)" = 0 ] && [ "$(setting pid)" = 0 ] || fail "audit is in use: $status"
[ "$(auditctl -l)" = "No rules" ] || fail "there are audit rules already"

# A login uid that nobody has: the kernel passes it on to every descendant, whatever user it becomes.
readonly login_uid=61000
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d /tmp/scenario.XXXXXX)
auditd=

cleanup() {
  auditctl -e 0 >/dev/null || true
  auditctl -D >/dev/null || true
  auditctl -b "$(setting backlog_limit)" >/dev/null || true
  auditctl --backlog_wait_time "$(setting backlog_wait_time)" >/dev/null || true
  [ -z "$auditd" ] || kill "$auditd" 2>/dev/null || true
  [ -z "$auditd" ] || wait "$auditd" || true
  rm -rf "$work"
}
trap cleanup EXIT

chmod 755 "$work"
mkdir "$work/etc" "$work/etc/plugins.d" "$work/log" "$work/run"
cp "$programs/capture_scenario" "$programs/witness" "$here"/scripts/*.sh "$work/run/"
cc -m32 -nostdlib -static -o "$work/run/i386" "$here/i386_program.S" 2>/dev/null ||
  echo "capture_audit_log.sh: the compiler makes no 32-bit programs: captured without one" >&2
cat >"$work/etc/auditd.conf" <<EOF
local_events = yes
write_logs = yes
log_file = $work/log/audit.log
log_format = $format
log_group = root
flush = NONE
num_logs = 5
max_log_file = 100
max_log_file_action = IGNORE
name_format = $([ -n "$node" ] && echo USER || echo NONE)
$([ -z "$node" ] || echo "name = $node")
space_left = 2
space_left_action = IGNORE
admin_space_left = 1
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
plugin_dir = $work/etc/plugins.d
EOF
chmod 640 "$work/etc/auditd.conf"

# First of all nobody else's records, of whatever type.
auditctl -a always,exclude -F "auid!=$login_uid" >/dev/null
while IFS= read -r line; do
  [[ $line == -* ]] || continue
  [[ $line == -a* ]] && line+=" -F auid=$login_uid"
  read -ra words <<<"$line"
  auditctl "${words[@]}" >/dev/null
done <"$rules"

auditd -n -s nochange -c "$work/etc" &
auditd=$!
for ((i = 0; i < 100; ++i)); do
  [ -s "$work/log/audit.log" ] && break
  sleep 0.1
done
[ -s "$work/log/audit.log" ] || fail "auditd does not write"

install -m 666 /dev/null "$work/run/truth.tsv"
(
  cd "$work/run"
  echo "$login_uid" >/proc/self/loginuid
  ulimit -c 0
  auditctl -e 1 >/dev/null
  # Processes that exist already when audit is turned on for the first time are never recorded.
  TRUTH_FILE=$work/run/truth.tsv ./capture_scenario "$work/run" $reuse ${rotate:+--rotate $auditd} &
  wait $!
)

# Written to the end: the kernel holds nothing back and the files have stopped growing.
size=
for ((i = 0; i < 100; ++i)); do
  sleep 0.3
  now=$(auditctl -s | awk '$1 == "backlog" { print $2 }')/$(cat "$work"/log/audit.log* | wc -c)
  [ "$now" = "$size" ] && [ "${now%%/*}" = 0 ] && break
  size=$now
done
lost=$(auditctl -s | awk '$1 == "lost" { print $2 }')
[ "$lost" = "$(setting lost)" ] || fail "records were lost"
auditctl -e 0 >/dev/null
kill "$auditd"
wait "$auditd" || true
auditd=

mkdir -p "$output"
install -m 644 -t "$output" "$work"/log/audit.log* "$work/run/truth.tsv"
ls -l "$output"
