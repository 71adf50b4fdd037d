#!/bin/sh
# document.sh: the tables of share/doc/opencl.md are computed, and of kernels that exist.
. "$srcdir/tests/script.sh"
export PYTHONDONTWRITEBYTECODE=1
script=$srcdir/tests/bench/opencl_roofline.py
if ! command -v python3 >/dev/null 2>&1; then
    skip 'the tables of opencl.md' 'there is no python3'
    exit 77
fi
verdict 'the tables of opencl.md are computed' "$(
    python3 "$script" --check "$srcdir/share/doc/opencl.md" 2>&1)"
verdict 'a table that is not is found' "$(
    sed 's/^\(| all .*\)1/\12/' "$srcdir/share/doc/opencl.md" >opencl.md.changed
    python3 "$script" --check opencl.md.changed >/dev/null && echo "no difference"
    rm -f opencl.md.changed)"
verdict 'the kernels that they name exist' "$(
    python3 "$script" --kernels | while read -r kernel; do
        grep -q "KERNEL $kernel(" "$srcdir"/backends/opencl/*.cl || echo "$kernel"
    done)"
finish
