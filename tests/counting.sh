#!/bin/sh
# counting.sh: how run.sh and the scripts count passed, failed and skipped tests of a program; and
# that tests run side by side, or alone.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# program NAME STATUS TESTS PASSED FAILED: creates a program that prints standard input and CUnit's
# summary.
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
cat >crashes <<'SCRIPT'
#!/bin/sh
printf '  Test: first ...\n    skipped: first: no device\n    passed\n  Test: second ...'
kill -SEGV $$
SCRIPT
chmod +x crashes

# counted NAME 'ARGUMENT...' LINE: the last line of run.sh.
counted()
{
    # shellcheck disable=SC2086 # a list of words
    "$srcdir/tests/run.sh" $2 >log 2>&1
    verdict "run.sh: $1" "$([ "$(tail -n 1 log)" = "$3" ] || show log)"
}
counted outside ./outside '1 passed, 0 failed, 1 skipped'
counted twice ./twice '1 passed, 0 failed, 1 skipped'
counted none ./none '0 passed, 0 failed, 1 skipped'
counted fails ./fails '0 passed, 1 failed, 1 skipped'
counted crashes ./crashes '0 passed, 1 failed, 1 skipped'
counted 'one by one' '-j 1 ./twice ./none' '1 passed, 0 failed, 2 skipped'
counted 'side by side' '-j 4 ./outside ./twice ./none ./fails' '2 passed, 1 failed, 4 skipped'
counted 'alone only' '--alone ./twice' '1 passed, 0 failed, 1 skipped'

# Each writes for a while; two at a time would overlap.
for name in first second third; do
    cat >"$name" <<SCRIPT
#!/bin/sh
mkdir busy || echo 'not ok - another test runs'
for i in 1 2 3 4 5; do echo "line \$i of $name"; sleep 0.05; done
rmdir busy
echo 'not ok - $name'
SCRIPT
    chmod +x "$name"
done
counted 'tests that run alone' '-j 4 --alone ./first ./second ./third' \
    '0 passed, 3 failed, 0 skipped'
sed -i '/busy/d' first second third
counted 'outputs' '-j 4 ./first ./second ./third' '0 passed, 3 failed, 0 skipped'
verdict 'the output of each test is in one piece' "$(
    for name in first second third; do
        lines=$(grep -n "line . of $name" log | cut -d: -f1)
        [ "$(echo "$lines" | wc -l)" = 5 ] &&
            [ $(($(echo "$lines" | tail -n 1) - $(echo "$lines" | head -n 1))) = 4 ] || show log
    done)"
printf '#!/bin/sh\nkill -9 $PPID\nkill -9 $$\n' >killer && chmod +x killer
TEST_LIMIT_S=5 counted 'a test that kills' './killer ./twice' '1 passed, 1 failed, 1 skipped'

# told PROGRAM WORDS: the result of a script that runs the program.
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
