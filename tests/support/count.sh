# count.sh: adds up the log of one test; run.sh and the scripts that run test programs read it.

# Prints "passed failed skipped asserts" of the log of a test that ended with status $2. A test of
# CUnit's that says several times what it skips is one skipped test; "all" is not one of its tests.
count()
{
    awk -v status="$2" '
        /^ *tests +[0-9]/ { cunit = 1; passed += $4; failed += $5; skipped += $6 }
        /^ *asserts +[0-9]/ { asserts += $3 }
        /^ok( |$)/ { passed++ }
        /^not ok( |$)/ { failed++ }
        /^  Test: / { said = 0 }
        /^ +skipped: / && !/skipped: all: / { within += !said++; next }
        /skipped: / { skipped++ }
        END {
            passed -= within
            skipped += within
            if (status == 77 && !skipped) skipped = 1
            else if (status != 0 && status != 77 && !failed) failed = 1
            else if (passed + failed + skipped == 0) failed = 1
            print passed + 0, failed + 0, skipped + 0, asserts + 0
        }' "$1"
}
