#!/bin/sh
# ops.sh: the test programs of operators, gradients, blocks and networks on cudnn, in fp32, tf32,
# bf16 and fp16, over the stand-ins for NVIDIA's libraries; what convolutions do by the clock.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
mkdir -m 755 plugins
for plugin in cudnn reference residual resnext; do
    cp "$builddir/.libs/$plugin.so" plugins
done
export RESNET_PLUGIN_PATH="$work/plugins"

# program NAME: one result for the whole; what it did wrong on the stand-ins counts, too.
program()
{
    has_program "$1" "$1" || return 0
    CUDASIM_REPORT=$work/$1.report "$program_file" >"$1.log" 2>&1
    program_verdict "$1" "$1.log" $? "$(
        grep 'not loaded: .*cudnn' "$1.log"
        grep -e '^blame' -e '^live' "$1.report")"
}

# Two processors are busy; the results of the second come after those of the first.
(
    OP_BACKENDS_FASTEST=1
    export OP_BACKENDS_FASTEST
    for name in test_nets test_blocks test_onnx; do program "$name"; done
    exit "$failures"
) >second &
for name in test_ops test_ops_conv2d; do program "$name"; done
OP_BACKENDS_FASTEST=1
export OP_BACKENDS_FASTEST
for name in test_ops_cross test_ops_bf16 test_gradients; do program "$name"; done
wait "$!" || failures=$((failures + 1))
cat second
unset OP_BACKENDS_FASTEST

# What is fastest is found at the first start, and kept.
summary() { "$run" summary "$net" --algorithms --backend=cudnn "$@"; }
timed() { echo $(($(calls cudnnFindConvolutionForwardAlgorithmEx) +
    $(calls cudnnFindConvolutionBackwardDataAlgorithmEx) +
    $(calls cudnnFindConvolutionBackwardFilterAlgorithmEx))); }
expect 0 ', FMA' 'algorithms by the clock' summary
verdict 'they are timed' "$([ "$(timed)" -gt 3 ] || echo "$(timed) were")"
verdict 'nothing is left' "$(blame)"
cp stdout first
expect 0 ', FMA' 'algorithms that were kept' summary
verdict 'none is timed' "$([ "$(timed)" = 0 ] || echo "$(timed) were")"
verdict 'they are the same' "$(diff first stdout)"
expect 0 '' 'anew' summary --tune=full
verdict 'they are timed again' "$([ "$(timed)" -gt 3 ] || echo "$(timed) were")"
expect 0 '' 'by cuDNN'\''s rules' summary --tune=off --precision=bf16
verdict 'none is timed by rule' "$([ "$(timed)" = 0 ] || echo "$(timed) were")"
finish
