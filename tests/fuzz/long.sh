#!/bin/sh
# long.sh: fuzzing in full: FUZZ_RUNS inputs (a million) for each kind of file of each corpus, under
# AddressSanitizer and UBSan. Call it from the source tree; it builds in the folder build-fuzz.
set -eu
cd "$(dirname "$0")/../.."
srcdir=$(pwd)
FUZZ_RUNS=${FUZZ_RUNS:-1000000}
LSAN_OPTIONS=use_tls=0:print_suppressions=0:suppressions=$srcdir/tests/support/lsan.supp
export srcdir FUZZ_RUNS LSAN_OPTIONS
mkdir -p build-fuzz
cd build-fuzz
[ -f config.status ] || ../configure -q --enable-sanitizers=address,undefined
make -s built-sources
make -s residual.la resnext.la
export RESNET_PLUGIN_PATH="$PWD/.libs"
status=0
for source in "$srcdir"/tests/fuzz/test_fuzz_*.c; do
    program=tests/fuzz/$(basename "$source" .c)
    corpus=$srcdir/tests/fuzz/corpus/${program##*test_fuzz_}
    make -s "$program"
    for kind in $(find "$corpus" -type f | sed 's/.*\.//' | sort -u); do
        echo "$program, .$kind:"
        "$program" "$corpus"/*."$kind" || status=1
    done
done
exit $status
