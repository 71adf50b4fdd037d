#!/bin/sh
# run.sh: runs test programs and scripts, and adds up their results.
#
#     tests/run.sh PROGRAM-OR-SCRIPT...
#
# A program prints CUnit's summary. A script prints a line "ok - WHAT" or "not ok - WHAT" for each
# of its tests. Either says "skipped: WHAT: WHY" for a test that could not be run. What goes well is
# one line; of what fails, the whole output is shown. Outputs are kept in tests/logs. The last line
# is "N passed, N failed, N skipped".
set -u
. "$(dirname "$0")/support/count.sh"

logs=tests/logs
mkdir -p "$logs" || exit 2
totals=$logs/totals
: >"$totals"
limit=
command -v timeout >/dev/null 2>&1 && limit="timeout ${TEST_LIMIT_S:-900}"

run_one()
{
    name=$(basename "$1")
    name=${name%.sh}
    log=$logs/$name.log
    began=$(date +%s)
    $limit "$1" >"$log" 2>&1 </dev/null
    status=$?
    [ "$status" = 124 ] && echo "stopped after ${TEST_LIMIT_S:-900} seconds" >>"$log"
    numbers=$(count "$log" "$status")
    echo "$name $numbers" >>"$totals"
    set -- $numbers
    verdict=PASS
    [ "$1" -gt 0 ] || verdict=SKIP
    [ "$2" = 0 ] || verdict=FAIL
    printf '%s  %-28s %4d passed %3d failed %3d skipped %5d s\n' \
        "$verdict" "$name" "$1" "$2" "$3" $(($(date +%s) - began))
    [ "$verdict" = FAIL ] || return 0
    echo "---- $log (exit status $status)"
    sed 's/^/    /' "$log"
    echo "----"
}

for test in "$@"; do
    run_one "$test"
done

# Tests of one program that were skipped for one reason are one line.
skipped=$(cd "$logs" && awk '{ print $1 }' totals | while read -r name; do
    sed -n "s/^.*skipped: /$name: /p" "$name.log"
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
awk '
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
    }' "$totals"
