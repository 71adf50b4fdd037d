#!/bin/sh
# kernel_names.sh: the names of kernels as kernel_names.so writes them, from a double of libcupti.
. "$srcdir/tests/support/script.sh"
tracer=$builddir/tests/gpu/kernel_names.so
case $builddir in /*) ;; *) tracer=$(pwd)/$tracer ;; esac
if [ ! -f "$tracer" ]; then
    skip 'the names of kernels' 'the toolkit has no cupti.h (see configure)'
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
double=${tracer%/*}/libcupti_double.so
cd "$work" || exit 1

# A program that CUDA would have loaded it into.
cat >program.c <<'PROGRAM'
#include <dlfcn.h>
int main(int argc, char **argv)
{
    void *library = dlopen(argv[1], RTLD_NOW);
    int (*begin)(void) = library ? (int (*)(void))dlsym(library, "InitializeInjection") : 0;
    return argc == 2 && begin && begin() == 1 && begin() == 1 ? 0 : 1;
}
PROGRAM
${CC:-cc} program.c -o program -ldl || exit 1

# traced WHAT EXPECTED: of the lines of names.csv
traced()
{
    what=$1 expected=$2
    KERNEL_NAMES_OUT=${out:-names.csv} ./program "$tracer" 2>stderr
    status=$?
    verdict "$what" "$([ $status = 0 ] || echo "exit status $status"
        [ "$(cat names.csv)" = "$expected" ] || cat names.csv stderr)"
}

export KERNEL_NAMES_CUPTI="$double"
traced 'the kernels of a step' '"sm90_ xmma , wgmma",1,1.500000
"add(float*)",2,1.000000'
CUPTI_DOUBLE=plain traced 'those of a program without graphs' '"tuning",1,9.000000'
: >names.csv
KERNEL_NAMES_CUPTI=/absent/libcupti.so traced 'no libcupti' ''
verdict 'it is said' "$(grep -q '^kernel_names: libcupti: /absent' stderr || cat stderr)"
out=absent/names.csv traced 'a file that cannot be written' ''
verdict 'it is said, too' "$(grep -q '^kernel_names: absent/names.csv: ' stderr || cat stderr)"
finish
