#!/bin/bash
# Programs that start programs.
export TRUTH_ROLE
TRUTH_ROLE=by-timeout TRUTH_PARENT=timeout timeout 60 "$WITNESS" under timeout
TRUTH_ROLE=by-nice nice -n 1 "$WITNESS" nicely
TRUTH_ROLE=by-nohup nohup "$WITNESS" "hang up, who cares" </dev/null >/dev/null 2>&1
TRUTH_ROLE=by-setsid TRUTH_PARENT=setsid setsid --wait "$WITNESS" "in a session of its own"
TRUTH_ROLE=by-find find / -maxdepth 0 -exec "$WITNESS" {} \;
printf '%s\n' a b c d | TRUTH_ROLE=by-xargs TRUTH_PARENT=xargs xargs -n 1 -P 2 "$WITNESS" item
TRUTH_ROLE=by-awk awk 'BEGIN { system("\"$WITNESS\" by awk; :") }'
TRUTH_ROLE=by-perl TRUTH_PARENT=perl perl -e '
  for my $i (1 .. 2) {
    my $pid = fork() // die;
    exec $ENV{WITNESS}, "from perl", $i unless $pid;
    waitpid $pid, 0;
  }'
TRUTH_ROLE=in-namespace TRUTH_PARENT=unshare unshare --pid --fork "$WITNESS" "number 1 inside"
interpreted=$(dirname "$WITNESS")/interpreted
printf '#!%s --as-interpreter\n' "$WITNESS" >"$interpreted"
chmod +x "$interpreted"
TRUTH_ROLE=interpreter "$interpreted" "argument of the script"
