# script.sh: what test scripts share; a script begins with `. "$srcdir/tests/script.sh"`. Results
# are the lines that run.sh counts.
set -u
: "${srcdir:?run this by make check}" "${builddir:?run this by make check}"
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

finish() { [ "$failures" = 0 ]; exit; }

# Files under the source folder by pattern: sources 'core plugins' '*.[ch]'
sources()
{
    (cd "$srcdir" && for folder in $1; do
        [ ! -d "$folder" ] || find "$folder" -name "$2" -type f
    done) | sort
}
