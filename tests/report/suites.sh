# How a GoogleTest program is run and reported, in POSIX shell for the busybox of the guests, too. A
# report is what judge.awk reads:
#
#   TEST NAME                    a test of the run that comes next
#   | text                       a line that the run wrote
#   END STATUS SECONDS NAME      the exit status of the process
#   DONE                         everything was run

# list_suites PROGRAM [GTEST-ARGUMENT...]: a line for each suite, its name and those of its tests.
list_suites() {
  "$@" --gtest_list_tests |
    awk '/^[^ ]/ { if (tests) print suite tests; suite = $1; tests = "" }
      /^  / && (suite $1) !~ /DISABLED_/ { tests = tests " " $1 }
      END { if (tests) print suite tests }'
}

# announce SUITE. TEST...
announce() {
  announced_suite=$1
  shift
  for announced; do echo "TEST $announced_suite$announced"; done
}

# report_end STATUS BEGIN NAME OUTPUT-FILE: BEGIN is what `uptime_now` printed.
uptime_now() { cut -d' ' -f1 /proc/uptime; }
report_end() {
  sed 's/^/| /' "$4"
  echo "END $1 $(echo "$2 $(uptime_now)" | awk '{ printf "%.1f", $2 - $1 }') $3"
}
