#!/bin/sh
# standard_input.sh: a cfg on standard input, and a cfg named like an option.
. "$srcdir/tests/e2e/e2e.sh"

expect 0 'stdin: stdin' 'a cfg on standard input' "$run" summary - <"$net"
cat "$srcdir/tests/config/good/grandchild.cfg" >piped
expect 2 'stdin:2: extends: ../good/child.cfg' 'it extends a file of the working directory' \
    sh -c 'cat piped | "$0" summary -' "$run"
expect 2 'stdin:3: ' 'a mistake on standard input' sh -c 'printf "\nx" | "$0" -' "$run"
expect 2 'stdin' 'no standard input' sh -c '"$0" summary - <&-' "$run"
expect 0 'dropout' 'a cfg that is named like an option' sh -c \
    'cp "$1" ./--json && "$0" summary -- --json' "$run" "$net"
finish
