#!/bin/sh
# run.sh: runs test programs and scripts, and adds up their results.
#
#     tests/run.sh [-j JOBS] PROGRAM-OR-SCRIPT... [--alone PROGRAM-OR-SCRIPT...]
#
# JOBS tests run side by side, by default one for each processor; those after --alone run at the
# end, one by one. tests/run calls this with the environment that tests need.
#
# A program prints CUnit's summary. A script prints a line "ok - WHAT" or "not ok - WHAT" for each
# of its tests. Either says "skipped: WHAT: WHY" for a test that could not be run. A test that
# passes is one line: its results, the seconds it took, and the seconds of processor time. The whole
# output of a test that fails is shown below its line. Outputs are kept in tests/logs. The last line
# is "N passed, N failed, N skipped".
set -u
. "$(dirname "$0")/support/count.sh"

logs=tests/logs
limit=
command -v timeout >/dev/null 2>&1 && limit="timeout ${TEST_LIMIT_S:-900}"

# Seconds of processor time of the commands a shell has waited for, from the output of `times`.
cpu_seconds()
{
    awk 'NR == 2 {
        gsub(/[ms]/, " ")
        printf "%.0f", 60 * $1 + $2 + 60 * $3 + $4
    }' "$1"
}

name_of()
{
    name=${1##*/}
    echo "${name%.sh}"
}

# Runs one test. Leaves its output in NAME.log, its numbers in NAME.count and its report in
# NAME.report, and prints NAME.
run_one()
{
    name=$(name_of "$1")
    log=$logs/$name.log
    began=$(date +%s)
    $limit "$1" >"$log" 2>&1 </dev/null
    status=$?
    seconds=$(($(date +%s) - began))
    times >"$logs/$name.times"
    [ "$status" = 124 ] && echo "stopped after ${TEST_LIMIT_S:-900} seconds" >>"$log"
    count "$log" "$status" >"$logs/$name.count"
    read -r passed failed skipped _ <"$logs/$name.count"
    verdict=PASS
    [ "$passed" -gt 0 ] || verdict=SKIP
    [ "$failed" = 0 ] || verdict=FAIL
    {
        printf '%s  %-28s %4d passed %3d failed %3d skipped %5d s %5d s CPU\n' "$verdict" \
            "$name" "$passed" "$failed" "$skipped" "$seconds" "$(cpu_seconds "$logs/$name.times")"
        [ "$verdict" != FAIL ] || {
            echo "---- $log (exit status $status)"
            sed 's/^/    /' "$log"
            echo "----"
        }
    } >"$logs/$name.report"
    rm -f "$logs/$name.times"
    echo "$name"
}

# Runs the tests named on standard input, $1 at a time. One process prints all reports, so that each
# stays in one piece.
side_by_side()
{
    xargs -r -n 1 -P "$1" "$0" --one | while read -r name; do
        cat "$logs/$name.report"
    done
}

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
if [ "${1:-}" = -j ]; then
    jobs=$2
    shift 2
fi
mkdir -p "$logs" || exit 2
for test in "$@"; do
    rm -f "$logs/$(name_of "$test").count"
done
printf '%s\n' "$@" | awk '$0 == "--alone" { exit } { print }' | side_by_side "$jobs"
printf '%s\n' "$@" | awk 'alone { print } $0 == "--alone" { alone = 1 }' | side_by_side 1

# "NAME PASSED FAILED SKIPPED ASSERTS" for each test. One without numbers was killed together with
# the process that runs it.
totals()
{
    for test in "$@"; do
        [ "$test" != --alone ] || continue
        name=$(name_of "$test")
        echo "$name $(cat "$logs/$name.count" 2>/dev/null || echo 0 1 0 0)"
    done
}

# Tests of one program that were skipped for one reason are one line.
skipped=$(totals "$@" | while read -r name _; do
    sed -n "s/^.*skipped: /$name: /p" "$logs/$name.log"
done | awk '
    {
        why = $0
        sub(/^[^:]*: [^:]*: /, "", why)
        what = substr($0, 1, length($0) - length(why) - 2)
        key = $1 why
        if (!(key in first)) order[++n] = key
        if (!(key in first)) { first[key] = what; reason[key] = why } else more[key]++
    }
    END {
        for (i = 1; i <= n; i++) {
            others = more[order[i]] ? " and " more[order[i]] " more" : ""
            print "  " first[order[i]] others ": " reason[order[i]]
        }
    }')
if [ -n "$skipped" ]; then
    printf '\nSkipped:\n%s\n' "$skipped"
fi
totals "$@" | awk '
    { programs++; passed += $2; failed += $3; skipped += $4; asserts += $5; if ($3) bad++ }
    END {
        printf "\nRun Summary:    Type  Total    Ran Passed Failed Skipped\n"
        row = "%20s %6d %6d %6s %6s %7s\n"
        ran = passed + failed
        printf row, "programs", programs, programs, programs - bad, bad + 0, "n/a"
        printf row, "tests", ran + skipped, ran, passed + 0, failed + 0, skipped + 0
        printf row "\n", "asserts", asserts, asserts, "n/a", "n/a", "n/a"
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
    }'
