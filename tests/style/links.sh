#!/bin/sh
# links.sh: relative links in the documents lead to a file, and to a heading where they name one;
# the paths and the functions that they name exist.
. "$srcdir/tests/support/script.sh"
cd "$srcdir" || exit 1

pages=README.md\ $(sources 'share tests/golden' '*.md')

# The headings of a page as GitHub makes anchors of them.
anchors()
{
    sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# The targets of links, one a line, without those of other sites and those in code.
links()
{
    awk '/^```/ { code = !code } !code && !/^    /' "$1" | sed 's/`[^`]*`//g' |
        grep -o '][(][^)]*[)]' | sed 's/^..//; s/.$//' | grep -v '^[a-z]*:'
}

# dead PAGE...: links that lead nowhere.
dead()
{
    for page; do
        links "$page" | while IFS='#' read -r file anchor; do
            target=$page
            [ -z "$file" ] || target=$(dirname "$page")/$file
            [ -e "$target" ] || { echo "$page: $file"; continue; }
            [ -z "$anchor" ] || anchors "$target" | grep -qx -e "$anchor" ||
                echo "$page: $file#$anchor"
        done
    done
}

# gone PAGE...: paths from the top of the tree, and functions of the core, in code quotes, that do
# not exist.
gone()
{
    for page; do
        grep -o '`[a-z]*/[a-z0-9_./-]*`' "$page" | tr -d '`' |
            grep -E '^(core|plugins|backends|include|tests|share)/' | sort -u |
            while read -r path; do
                [ -e "$path" ] || [ -e "$path.in" ] || echo "$page: $path"
            done
        grep -o '`rn_[a-z0-9_]*()`' "$page" | tr -d '`()' | sort -u | while read -r function; do
            grep -qrw -e "$function" core || echo "$page: $function()"
        done
    done
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
printf '%s\n' '# A page' 'See [that](there.md#at) and [this](#a-page), [this](#no-page).' \
    'Not `[a](b.md)`, but `core/nowhere.c` and `core/base`, `rn_nothing()` and `rn_fail()`.' \
    >"$work/page.md"

# shellcheck disable=SC2086 # a list of pages
verdict 'relative links lead to files and headings' "$(dead $pages)"
verdict 'dead links are found' "$(
    printf '%s\n' "$work/page.md: there.md" "$work/page.md: #no-page" >"$work/expected"
    dead "$work/page.md" | diff "$work/expected" -)"
# shellcheck disable=SC2086
verdict 'paths and functions in the documents exist' "$(gone $pages)"
verdict 'those that do not exist are found' "$(
    printf '%s\n' "$work/page.md: core/nowhere.c" "$work/page.md: rn_nothing()" >"$work/expected"
    gone "$work/page.md" | diff "$work/expected" -)"
finish
