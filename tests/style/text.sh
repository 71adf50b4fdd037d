#!/bin/sh
# text.sh: lengths of files, functions and lines, white space, and how a file opens.
. "$srcdir/tests/support/script.sh"
# Columns are characters: bytes that continue a UTF-8 character are left out.
LC_ALL=C
export LC_ALL
cd "$srcdir" || exit 1

code=$(sources 'core include plugins backends tests share' '*.[ch]'
    sources backends '*.c[lu]')
scripts=$(sources 'tests share' '*.sh')
pages=README.md\ $(sources 'share' '*.md'; sources 'share' '*.cfg')
top='configure.ac quickstart'

# But for the table of operators, which can only grow.
verdict 'no file is longer than 400 lines' "$(for file in $code $scripts quickstart; do
    [ "$file" = include/resnet/operators.h ] ||
        awk 'END { if (NR > 400) print FILENAME ": " NR " lines" }' "$file"
done)"

verdict 'no function is longer than 60 lines' "$(awk '
    FNR == 1 { start = 0 }
    !/^[{}]/ { if (!start) head = /^[A-Za-z].*\(/ ? $0 : head }
    /^{ *$/ { start = FNR }
    /^}/ && start {
        if (FNR - start - 1 > 60) print FILENAME ":" start ": " FNR - start - 1 " lines: " head
        start = 0
    }' $code)"

verdict 'no line is longer than 100 columns' "$(awk '
    { line = $0; gsub(/[\200-\277]/, "", line) }
    length(line) > 100 { print FILENAME ":" FNR ": " length(line) " columns" }
    ' $code $scripts $top)"

verdict 'no tabs and no trailing space' "$(awk '
    /\t/ && FILENAME !~ /\.md$/ { print FILENAME ":" FNR ": tab" }
    /[ \t]$/ { print FILENAME ":" FNR ": trailing space" }' $code $scripts $pages $top)"

verdict 'every file ends with a newline' "$(for file in $code $scripts $pages $top; do
    [ -z "$(tail -c 1 "$file")" ] || echo "$file"
done)"

verdict 'every C file opens with its name and what it holds' "$(for file in $code; do
    name=$(basename "$file")
    head -n 1 "$file" | grep -q "^/\* ${name%.*}\(\.[ch][lu]\{0,1\}\)\{0,1\}: ..*" ||
        echo "$file: expected /* $name: ..."
done)"
finish
