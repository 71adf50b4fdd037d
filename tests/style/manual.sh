#!/bin/sh
# manual.sh: the manual and using.md name what the tables of the code name.
. "$srcdir/tests/support/script.sh"
cd "$srcdir" || exit 1

made=$builddir/share/man
verdict 'resnet-run(1) and resnet-run.cfg(5) have every row of the tables' "$(
    awk -F '\t' '$1 == "verb" { print "resnet-run.1 .BI " $2 }
        $1 == "option" { gsub(/-/, "\\-", $2); print "resnet-run.1 \\-\\-" $2 }
        $1 == "key" || $1 == "attribute" { print "resnet-run.cfg.5 .B " $3 }
        $1 == "metric" { print "resnet-run.1 .B " $2 }
        $1 == "dataset" || $1 == "transform" { print "resnet-run.cfg.5 .B " $2 }
    ' "$made/tables.list" |
        while read -r page row; do
            grep -q -F -e "$row" "$made/$page" || echo "$page: $row"
        done)"
verdict 'resnet-plugin(1) has every row of the tables' "$(
    sed 's/\\-/-/g' "$made/resnet-plugin.1" >"$made/resnet-plugin.plain"
    awk -F '\t' '$1 == "verb" { print "^\\.BI? " $2 "( |$)" }
        $1 == "option" { print "^\\.BR? --" $2 "( |$)" }' "$made/plugin-tables.list" |
        while read -r row; do
            grep -q -E -e "$row" "$made/resnet-plugin.plain" || echo "$row"
        done
    rm "$made/resnet-plugin.plain")"
verdict 'a row that is gone is found in a template' "$(
    for line in '@option gone' '@verb gone' '@words --gone' '@gone'; do
        ! echo "$line" | awk -f share/man/tables.awk "$made/tables.list" - >/dev/null 2>&1 ||
            echo "$line"
    done)"

pages="share/man/resnet-run.1.in share/doc/using.md"
verdict 'every exit status is explained' "$(
    sed -n 's/^ *X(RN_[A-Z_]*, [0-9]*, \([0-9]*\), .*/\1/p' include/resnet/status.h | sort -u |
        while read -r status; do
            for page in $pages; do
                grep -Eq "^(\.IP|\|) $status( |\$)" "$page" || echo "$page: $status"
            done
        done)"

if man --help 2>/dev/null | grep -q -e --warnings; then
    pages="$made/*.[1-9]"
    # shellcheck disable=SC2086 # a list of patterns
    verdict 'the manual formats without warnings' "$(for page in $pages; do
        MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null
    done)"
else
    skip 'the manual formats without warnings' 'man-db is not installed'
fi
finish
