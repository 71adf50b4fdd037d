#!/bin/sh
# limits.sh: the operators on devices that allow less than the one at hand: what a GPU of 32 KB of
# local memory and groups of 128 gets, one of 16 KB and 64, and a processor as small.
. "$srcdir/tests/backends/opencl/device.sh"

small_gpu=type=gpu,local=16384,group=64
for program in test_ops test_ops_conv2d test_ops_cross; do
    run_program "$small_gpu" "$program" as "$small_gpu"
done
for device in type=gpu,local=32768,group=128 type=cpu,local=16384,group=64; do
    for program in test_ops test_ops_cross; do
        run_program "$device" "$program" as "$device"
    done
done
finish
