#!/bin/sh
# manual.sh: the manual, the completion and the README name what the tables of the code name.
. "$srcdir/tests/support/script.sh"
cd "$srcdir" || exit 1

verdict 'resnet-run.cfg(5) has every key' "$(
    sed -n 's/^ *\(KEY\|ARRAY\)([A-Z]*, "\([a-z_]*\)".*/\2/p' core/config/config_keys.c |
        while read -r key; do
            grep -q "^\.B $key\$" share/man/resnet-run.cfg.5 || echo "$key"
        done)"

options=$(sed -n "s/^ *{ \('.'\|0\), \"\([a-z-]*\)\", .*/\2/p" core/cli/options.c)
[ -n "$options" ] || not_ok 'the table of options is found in core/cli/options.c'
verdict 'resnet-run(1) has every option' "$(for option in $options; do
    sed 's/\\-/-/g' share/man/resnet-run.1 | grep -q -e "--$option\b" || echo "--$option"
done)"
verbs=$(sed -n '/verbs\[\] = /,/NULL/p' core/cli/options.c | grep -o '"[a-z]*"' | tr -d '"')
verdict 'resnet-run(1) and completion have every verb' "$(for verb in $verbs; do
    grep -q "^\.B $verb\$" share/man/resnet-run.1 || echo "resnet-run(1): $verb"
    grep -q "compgen -W .*\<$verb\>" share/completions/resnet-run.bash || echo "completion: $verb"
done)"
verdict 'completion has every option' "$(for option in $options; do
    grep -q -e "--$option\b" share/completions/resnet-run.bash || echo "--$option"
done)"

pages='share/man/resnet-run.1 README.md'
verdict 'every exit status is explained' "$(
    sed -n 's/^ *X(RN_[A-Z_]*, [0-9]*, \([0-9]*\), .*/\1/p' include/resnet/status.h | sort -u |
        while read -r status; do
            for page in $pages; do
                grep -Eq "^(\.IP|\|) $status( |\$)" "$page" || echo "$page: $status"
            done
        done)"

if man --help 2>/dev/null | grep -q -e --warnings; then
    pages="share/man/*.[1-9] $builddir/share/man/resnet-operators.7"
    # shellcheck disable=SC2086 # a list of patterns
    verdict 'the manual formats without warnings' "$(for page in $pages; do
        MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null
    done)"
else
    skip 'the manual formats without warnings' 'man-db is not installed'
fi
finish
