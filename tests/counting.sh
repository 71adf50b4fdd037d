#!/bin/sh
# counting.sh: what run.sh and the scripts count of a test program: passed, failed and skipped.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# program NAME STATUS TESTS PASSED FAILED: one whose log is on standard input, with CUnit's summary.
program()
{
    {
        printf '#!/bin/sh\ncat <<LOG\n'
        cat
        printf '    tests %6d %6d %6d %6d 0\nLOG\nexit %d\n' "$3" "$3" "$4" "$5" "$2"
    } >"$1"
    chmod +x "$1"
}
program outside 0 1 1 0 <<'LOG'

    skipped: all: there are no files
      Test: backends ...passed
LOG
program twice 0 2 2 0 <<'LOG'
  Test: first ...
    skipped: first: no device
    skipped: first: no driver
    passed
  Test: second ...passed
LOG
program none 0 1 1 0 <<'LOG'
  Test: first ...
    skipped: first: no device
    passed
LOG
program fails 1 2 1 1 <<'LOG'
  Test: first ...
    skipped: first: no device
    passed
  Test: second ...
FAILED
    1. here
LOG

# counted PROGRAM LINE: the last line of run.sh.
counted()
{
    "$srcdir/tests/run.sh" "./$1" >log 2>&1
    verdict "run.sh: $1" "$([ "$(tail -n 1 log)" = "$2" ] || show log)"
}
counted outside '1 passed, 0 failed, 1 skipped'
counted twice '1 passed, 0 failed, 1 skipped'
counted none '0 passed, 0 failed, 1 skipped'
counted fails '0 passed, 1 failed, 1 skipped'

# told PROGRAM WORDS: what a script says that runs the program.
told()
{
    "./$1" >output 2>&1
    (program_verdict "$1" output $?) >log 2>&1
    verdict "a script: $1" "$([ "$(head -n 1 log)" = "$2" ] || show log)"
}
told outside 'ok - outside, 1 tests'
told twice 'ok - twice, 1 tests'
told none 'skipped: none: no device'
told fails 'not ok - fails, 0 tests'
finish
