#!/bin/sh
# format.sh: the sources are as clang-format makes them by .clang-format.
. "$srcdir/tests/support/script.sh"
cd "$srcdir" || exit 1

leave() { skip 'format of the sources' "$1"; exit 77; }

# Releases differ in what they make of one file.
release=14
formatter=$(command -v "clang-format-$release" || command -v clang-format) ||
    leave 'no clang-format'
"$formatter" --version | grep -q "version $release\." ||
    leave "needs clang-format $release, and this is $("$formatter" --version)"

unformatted()
{
    "$formatter" --style=file --dry-run "$@" 2>&1 | sed -n 's/: warning: .*//p' | sort -u
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cp .clang-format "$work"
printf 'int  f( void ) { return 1; }\n' >"$work/wrong.c"
verdict 'what is not formatted is found' "$(
    [ -n "$(unformatted "$work/wrong.c")" ] || echo 'wrong.c was taken')"

verdict 'every source is formatted (clang-format -i FILE does it)' "$(
    unformatted $(sources 'core include plugins backends tests' '*.[ch]'))"
finish
