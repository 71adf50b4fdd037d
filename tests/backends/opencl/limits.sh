#!/bin/sh
# limits.sh: the operators on devices with less than the one at hand: a GPU with 32 KB of local
# memory and groups of 128, one with 16 KB and 64, and a processor as small as that.
. "$srcdir/tests/backends/opencl/device.sh"
# Only opencl depends on the device.
rm -f "$work/plugins/cpu_blas.so"

small_gpu=type=gpu,local=16384,group=64
for device in $small_gpu type=gpu,local=32768,group=128 type=cpu,local=16384,group=64; do
    for program in test_ops test_ops_cross; do
        run_program "$device" "$program" as "$device"
    done
done
# Nearly every shape is a program to compile.
run_program "$small_gpu" test_ops_conv2d as "$small_gpu" env -u TEST_LONG
finish
