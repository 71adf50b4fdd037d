# count.sh: counts the results in a test's log; for run.sh and scripts that run test programs.

# count LOG STATUS: prints "passed failed skipped asserts" for a test that exited with STATUS. A
# CUnit test that reports several skips counts as one skipped test; "all" is not a test.
count()
{
    awk -v status="$2" '
        /^ *tests +[0-9]/ { cunit = 1; passed += $4; failed += $5; skipped += $6 }
        /^ *asserts +[0-9]/ { asserts += $3 }
        /^ok( |$)/ { passed++ }
        /^not ok( |$)/ { failed++ }
        /^  Test: / { reported = 0 }
        /^ +skipped: / && !/skipped: all: / { within += !reported++; next }
        /skipped: / { skipped++ }
        END {
            if (cunit) passed -= within
            skipped += within
            if (status == 77 && !skipped) skipped = 1
            else if (status != 0 && status != 77 && !failed) failed = 1
            else if (passed + failed + skipped == 0) failed = 1
            print passed + 0, failed + 0, skipped + 0, asserts + 0
        }' "$1"
}
