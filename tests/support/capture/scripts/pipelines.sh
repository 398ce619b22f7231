#!/bin/bash
# What a shell makes of one script: subshells that never call exec, pipelines, substitutions, jobs.
# witness ROLE PARENT ARGUMENT...  reports itself as ROLE and the shell that started it as PARENT.
witness() {
  TRUTH_ROLE=$1 TRUTH_PARENT=$2 "$WITNESS" "${@:3}"
}

witness plain pipelines-script "from the script itself"
(
  witness in-subshell subshell one
  witness in-subshell-again subshell two
  (
    witness in-inner-subshell inner-subshell three
    :
  )
)
witness left left-shell left | witness middle middle-shell middle | witness right right-shell right
TRUTH_ROLE=bare-left "$WITNESS" bare left | TRUTH_ROLE=bare-right "$WITNESS" bare right
answer=$(witness substituted substitution-shell "in a substitution")
cat <(witness in-process-substitution process-substitution-shell "as a file") >/dev/null
witness job-one job-shell-one "first job" &
witness job-two job-shell-two "second job" &
wait
{ witness in-braces pipelines-script "not a subshell$answer"; }
(exec env TRUTH_ROLE=by-env "$WITNESS" "subshell, env, witness: one process")
TRUTH_ROLE=here "$WITNESS" <<<"a here string"
for i in 1 2 3; do
  TRUTH_ROLE=loop-$i "$WITNESS" loop "$i"
done
TRUTH_ROLE=last exec "$WITNESS" "the script is gone"
