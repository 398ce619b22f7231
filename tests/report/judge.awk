# Reads a report (suites.sh says what is in it). Prints each failed test with its output, each skipped
# one with its reason, and a line of counts; exits with 1 unless every test passed, or was skipped as
# the file `skips` allows.
#
# A line of that file holds three fields: patterns (of regular expressions) of `where` the tests ran
# and of the test's name, and the reason.

BEGIN {
  while ((getline line < skips) > 0) {
    if (line ~ /^(#|$)/) continue
    split(line, field, " ")
    ++allowed_count
    allowed_where[allowed_count] = "^(" field[1] ")$"
    allowed_name[allowed_count] = "^(" field[2] ")$"
  }
}

function skip_allowed(name,   i) {
  for (i = 1; i <= allowed_count; ++i)
    if (where ~ allowed_where[i] && name ~ allowed_name[i]) return 1
  return 0
}

function conclude(name, result, why) {
  delete awaited[name]
  if (result == "SKIP" && !skip_allowed(name)) {
    result = "FAIL"
    why = "skipped, which skips.txt does not allow"
  }
  ++count[result]
  if (result == "FAIL") printf "%sFAIL %s: %s\n", output, name, why
  if (result == "SKIP") print "skipped: " name ": " last_line
  output = last_line = ""
}

/^TEST / { awaited[$2]; next }

/^\| \[ RUN      \] / { running = $5; output = last_line = "" }

# "[  FAILED  ] Suite.Test, where GetParam() = 5 (12 ms)"; without a time the line is of a summary.
/^\| \[ .*[A-Z]  ?\] .* \([0-9]+ ms\)$/ {
  line = substr($0, 3)
  name = substr(line, 14)
  sub(/,? .*/, "", name)
  if (name == running) {
    if (line ~ /^\[       OK \]/) conclude(name, "PASS")
    else if (line ~ /^\[  SKIPPED \]/) conclude(name, "SKIP")
    else conclude(name, "FAIL", "failed")
    failed = failed || line ~ /^\[  FAILED  \]/
    running = ""
    next
  }
}

# A matcher may print a whole container in one line.
/^\| / {
  output = output substr($0, 3, 500) "\n"
  if ($0 ~ /[^| ]/) last_line = substr($0, 3, 200)
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
  exit count["FAIL"] || !count["PASS"] && !count["SKIP"] || !done
}
