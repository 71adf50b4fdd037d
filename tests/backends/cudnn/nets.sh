#!/bin/sh
# nets.sh: all convolution algorithms, blocks, networks, soft labels, images as bytes, updates in
# runs and ONNX's tests on cudnn, with the stand-ins for NVIDIA's libraries, in fp32, tf32, bf16 and
# fp16.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
only_cudnn
program test_ops '*conv2d*'
# The stand-ins take minutes for all of its shapes.
unset TEST_LONG
program test_ops_conv2d
OP_BACKENDS_FASTEST=1
export OP_BACKENDS_FASTEST
for name in test_nets test_blocks test_onnx test_ops_bf16 test_soft_labels test_bytes test_runs; do
    program "$name"
done
finish
