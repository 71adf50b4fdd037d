#!/bin/sh
# document.sh: the tables of share/doc/opencl.md are up to date, name kernels that exist, and count
# the launches that really happen.
. "$srcdir/tests/backends/opencl/device.sh"
command -v python3 >/dev/null 2>&1 || leave 'there is no python3'
export PYTHONDONTWRITEBYTECODE=1
script=$srcdir/tests/bench/opencl_roofline.py
page=$srcdir/share/doc/opencl.md

verdict 'the tables of opencl.md are computed' "$(python3 "$script" --check "$page" 2>&1)"
sed 's/^\(| all .*\)1/\12/' "$page" >"$work/changed.md"
verdict 'a table that is not is found' "$(
    python3 "$script" --check "$work/changed.md" >/dev/null && echo 'no difference')"
verdict 'the kernels that they name exist' "$(
    python3 "$script" --kernels | while read -r kernel; do
        grep -q "KERNEL $kernel(" "$srcdir"/backends/opencl/*.cl \
            "$srcdir"/backends/opencl/*/*.cl || echo "$kernel"
    done)"

# How products are divided depends on the vector width of the processor.
device='PoCL, two cores'
grep -qw avx512f /proc/cpuinfo 2>/dev/null || device='PoCL on AVX2'

# Algorithms that other tests have found to be faster, and kept, are not those that are counted.
XDG_CACHE_HOME=$work/cache
export XDG_CACHE_HOME
# One block per stage has nearly all shapes, and takes a quarter of the time.
sed -e 's/repeat = [0-9]*/repeat = 1/' -e "s|\"base/|\"$srcdir/share/models/base/|" \
    "$srcdir/share/models/resnet50.cfg" >"$work/short.cfg"
for phase in train-step infer; do
    case $phase in
        infer) precision=fp32 halves= ;;
        *) precision=fp16 halves=--fp16 ;;
    esac
    "$builddir/resnet-run" --backend=opencl --tune=off --json --quiet bench "$work/short.cfg" \
        --batch=2 --steps=1 --warmup=1 --phase=$phase --precision=$precision \
        >"$work/bench.json" 2>"$work/errors"
    python3 "$script" --bench "$work/bench.json" --network "$work/short.cfg" $halves \
        --device="$device" \
        >"$work/beside" 2>&1
    agrees=$?
    verdict "the launches of a bench of $phase are those that are counted" "$(
        [ $agrees = 0 ] || show "$work/beside" "$work/errors")"
done
finish
