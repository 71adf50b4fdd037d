#!/bin/sh
# oclgrind.sh: kernels under Oclgrind, which interprets them and detects reads and writes outside
# of buffers, races between items, and wrong calls; in the form for GPUs and in that for processors.
# Runs the golden tests of operators that are small enough.
. "$srcdir/tests/backends/opencl/device.sh"
command -v oclgrind >/dev/null 2>&1 || leave 'there is no oclgrind (Debian: oclgrind)'
has_program test_ops 'oclgrind of opencl' || exit 77
# Only opencl is tested here.
rm -f "$work/plugins/cpu_blas.so"

# checked SETTINGS COMMAND...: as in device.sh; findings go to a file. Oclgrind sets
# LD_PRELOAD for its program, so the double is put before it there.
checked()
{
    settings=$1
    shift
    OPENCL_DOUBLE=$settings oclgrind --data-races --check-api --log "$work/findings" \
        sh -c 'LD_PRELOAD=$0:$LD_PRELOAD exec "$@"' "$double" "$@"
}

${CC:-cc} -O1 "$srcdir/tests/backends/opencl/faulty.c" -o "$work/faulty" -lOpenCL
checked type=cpu "$work/faulty"
verdict 'Oclgrind finds a race and a write outside of a buffer' "$(
    for finding in 'Read-write data race' 'Invalid write of size 4'; do
        grep -q "$finding" "$work/findings" || echo "no: $finding"
    done)"
rm -f "$work/findings"

# form NAME SETTINGS KERNEL: the golden tests on a device have no findings, and run a kernel that
# only this form has.
form()
{
    name=$1 device=$2
    set -- "$program_file" '[!cl]* on opencl' 'cross* on opencl' 'la[mr]* on opencl' \
        'clip* on opencl' 'linear_small on opencl' 'conv2d_[!1bo]* on opencl' "$3"
    kernel=$8
    checked "$device,kernels=$work/$name" "$1" "$2" "$3" "$4" "$5" "$6" "$7" >"$work/log" 2>&1
    program_verdict "$name: test_ops" "$work/log" $?
    [ "$passed" -gt 0 ] || return
    verdict "$name: most goldens are among them" "$([ "$passed" -gt 30 ] || show "$work/log")"
    verdict "$name: no findings" "$(head -n 40 "$work/findings" 2>/dev/null)"
    verdict "$name: $kernel was run" "$(grep -q "^$kernel " "$work/$name" || show "$work/$name")"
    rm -f "$work/findings"
}

form processors type=cpu conv2d_grouped
form GPUs type=gpu,local=32768,group=64 conv2d_grouped_pixels
finish
