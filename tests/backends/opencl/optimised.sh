#!/bin/sh
# optimised.sh: operators and gradients with kernels that PoCL has optimised, as it does for users.
# All other tests turn its optimiser off, which takes four fifths of the time of compiling.
. "$srcdir/tests/backends/opencl/device.sh"
unset POCL_EXTRA_BUILD_FLAGS
export XDG_CACHE_HOME="$builddir/tests/cache/optimised"
export POCL_CACHE_DIR="$XDG_CACHE_HOME/pocl"
mkdir -p "$XDG_CACHE_HOME"
rm -f "$work/plugins/cpu_blas.so"
for program in test_ops test_ops_conv2d test_ops_cross test_gradients; do
    run_program optimised "$program" env -u TEST_LONG OP_BACKENDS_FASTEST=1
done
finish
