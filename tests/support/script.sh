# script.sh: functions shared by test scripts, which begin with
# `. "$srcdir/tests/support/script.sh"`. run.sh counts the result lines that they print.
set -u
: "${srcdir:?run this by tests/run of the build folder}" "${builddir:?}"
. "$srcdir/tests/support/count.sh"
failures=0

ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; failures=$((failures + 1)); }
skip() { echo "skipped: $1: $2"; }

# True in `make check-long`, whose tests leave nothing out.
is_long() { [ -n "${TEST_LONG:-}" ]; }

# verdict WHAT OFFENDERS: passes if there are no offenders; otherwise fails and lists them.
verdict()
{
    if [ -z "$2" ]; then
        ok "$1"
    else
        not_ok "$1"
        printf '%s\n' "$2"
    fi
}

# has_program NAME WHAT: sets `program_file` to a test program's file; reports WHAT as skipped if
# it was not built.
has_program()
{
    program_file=$(find "$builddir/tests" -path '*/.libs' -prune -o -name "$1" -type f -print)
    [ -z "$program_file" ] || return 0
    skip "$2" "$1 was not built, for which CUnit is needed (see configure)"
    return 1
}

# program_verdict WHAT LOG STATUS [OFFENDERS]: one result for a whole test program, from its output
# and exit status; skipped if all of its tests were. Sets `passed`.
program_verdict()
{
    set -- "$1" "$2" "$3" "${4:-}" $(count "$2" "$3")
    passed=$5
    if [ "$4$5$6" = 00 ]; then
        skip "$1" "$(sed -n 's/^.*skipped: [^:]*: //p' "$2" | tail -n 1)"
        return
    fi
    verdict "$1, $passed tests" "$4$([ "$6" = 0 ] || {
        echo "exit status $3"
        sed -n '/FAILED$/,/^ *$/p' "$2" | cut -c 1-300 | head -n 30
        tail -n 3 "$2"
    })"
}

# show FILE...: prints files for a verdict's OFFENDERS; not empty even if the files are.
show()
{
    for shown in "$@"; do
        echo "$shown contains:"
        cat "$shown"
    done
}

# made_of NAME...: the C files of automake libraries: made_of reference_la
made_of()
{
    for library in "$@"; do
        printf 'include Makefile\nprint:\n\t@echo $(%s_SOURCES)\n' "$library" |
            (cd "$builddir" && MAKEFLAGS= "${MAKE:-make}" -s -f - print)
    done | tr ' ' '\n' | grep '\.c$' | sort -u
}

finish() { [ "$failures" = 0 ]; exit; }

# sources FOLDERS PATTERN: files of the source tree: sources 'core plugins' '*.[ch]'. Leaves out the
# frozen headers, which nobody edits.
sources()
{
    (cd "$srcdir" && for folder in $1; do
        [ ! -d "$folder" ] || find "$folder" -name frozen -prune -o -name '*.pb-c.[ch]' -o \
            -name "$2" -type f -print
    done) | sort
}
