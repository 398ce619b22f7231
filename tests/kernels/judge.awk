# Reads what guest_init.sh reported. Prints each failed or skipped test with its output and a line
# of counts; exits with 1 unless every test passed, or was skipped as the file `skips` allows.
#
# A line of that file holds three fields: patterns (of regular expressions) of the kernel's version
# and of the test's name, and the reason.

BEGIN {
  while ((getline line < skips) > 0) {
    if (line ~ /^(#|$)/) continue
    split(line, field, " ")
    ++allowed_count
    allowed_version[allowed_count] = "^(" field[1] ")$"
    allowed_name[allowed_count] = "^(" field[2] ")$"
  }
}

function skip_allowed(name,   i) {
  for (i = 1; i <= allowed_count; ++i)
    if (version ~ allowed_version[i] && name ~ allowed_name[i]) return 1
  return 0
}

function conclude(name, result, why) {
  delete awaited[name]
  if (result == "SKIP" && !skip_allowed(name)) {
    result = "FAIL"
    why = "not in skips.txt"
  }
  ++count[result]
  if (result == "FAIL") printf "%sFAIL %s: %s\n", output, name, why
  if (result == "SKIP") print "skipped: " name
  output = ""
}

/^TEST / { awaited[$2]; next }

/^\| \[ RUN      \] / { running = $5; output = "" }

# A matcher may print a whole container in one line.
/^\| / { output = output substr($0, 3, 500) "\n" }

# "[  FAILED  ] Suite.Test, where GetParam() = 5 (12 ms)"; without a time the line is of a summary.
/^\| \[ .*[A-Z]  ?\] .* \([0-9]+ ms\)$/ {
  line = substr($0, 3)
  name = substr(line, 14)
  sub(/,? .*/, "", name)
  if (name != running) next
  if (line ~ /^\[       OK \]/) conclude(name, "PASS")
  else if (line ~ /^\[  SKIPPED \]/) conclude(name, "SKIP")
  else conclude(name, "FAIL", "failed")
  failed = failed || line ~ /^\[  FAILED  \]/
  running = ""
}

/^END / {
  why = "exit status " $2
  if (running in awaited) {
    conclude(running, "FAIL", why)
    failed = 1
  }
  for (name in awaited) {
    conclude(name, "FAIL", "did not run; " why)
    failed = 1
  }
  if ($2 && !failed) conclude($4, "FAIL", why)
  failed = 0
  running = output = ""
}

/^DONE$/ { done = 1 }

END {
  printf "%d passed, %d failed, %d skipped\n", count["PASS"], count["FAIL"], count["SKIP"]
  exit count["FAIL"] || !count["PASS"] || !done
}
