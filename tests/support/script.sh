# script.sh: what test scripts share; a script begins with `. "$srcdir/tests/support/script.sh"`.
# Results are the lines that run.sh counts.
set -u
: "${srcdir:?run this by make check}" "${builddir:?run this by make check}"
. "$srcdir/tests/support/count.sh"
failures=0

ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; failures=$((failures + 1)); }
skip() { echo "skipped: $1: $2"; }

# verdict WHAT OFFENDERS: fails where there are offenders, and shows them.
verdict()
{
    if [ -z "$2" ]; then
        ok "$1"
    else
        not_ok "$1"
        printf '%s\n' "$2"
    fi
}

# has_program NAME WHAT: sets `program_file` to the file of a test program; says that WHAT is
# skipped where it was not built.
has_program()
{
    program_file=$(find "$builddir/tests" -path '*/.libs' -prune -o -name "$1" -type f -print)
    [ -z "$program_file" ] || return 0
    skip "$2" "$1 was not built, for which CUnit is needed (see configure)"
    return 1
}

# program_verdict WHAT LOG STATUS [OFFENDERS]: one result for a whole test program, by its output
# and exit status; skipped where all of its tests were. Sets `passed`.
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

# show FILE...: for a verdict on files that are not as expected. A file may be empty; this is not.
show()
{
    for shown in "$@"; do
        echo "$shown holds:"
        cat "$shown"
    done
}

# made_of NAME...: the C files of which automake's libraries are made: made_of reference_la
made_of()
{
    for library in "$@"; do
        printf 'include Makefile\nprint:\n\t@echo $(%s_SOURCES)\n' "$library" |
            (cd "$builddir" && MAKEFLAGS= "${MAKE:-make}" -s -f - print)
    done | tr ' ' '\n' | grep '\.c$' | sort -u
}

finish() { [ "$failures" = 0 ]; exit; }

# Files under the source folder by pattern: sources 'core plugins' '*.[ch]'. Frozen headers, which
# nobody edits, are not among them.
sources()
{
    (cd "$srcdir" && for folder in $1; do
        [ ! -d "$folder" ] || find "$folder" -name frozen -prune -o -name "$2" -type f -print
    done) | sort
}
