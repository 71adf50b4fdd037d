#!/bin/sh
# engines.sh: engines of cuDNN's graph interface: which are timed, kept and taken, and what computes
# where there is none; on the stand-ins for NVIDIA's libraries.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
only_cudnn
choices=$work/cache/resnet-run/cudnn-choices
net=$srcdir/tests/config/nets/cudnn_faults.cfg
summary() { "$run" summary "$net" --algorithms --backend=cudnn --precision=bf16 "$@"; }
# Finds nothing where each convolution is computed by engines.
others() { awk '$2 ~ /^conv2d/ && $3 !~ /^[(]/ && $3 != "engine"' stdout; }

expect 0 'engine' 'engines by the clock' summary
verdict 'all convolutions are theirs' "$(others)"
verdict 'several were timed' "$([ "$(calls cudaEventElapsedTime)" -gt 10 ] ||
    calls cudaEventElapsedTime)"
verdict 'no older search was needed' "$([ "$(calls cudnnFindConvolutionForwardAlgorithmEx)" = 0 ] ||
    calls cudnnFindConvolutionForwardAlgorithmEx)"
# Engines 9, 12, 15, 18 and 24 of the stand-in are imprecise, refuse to run, need a terabyte, or
# forget what a gradient is added to.
verdict 'those that cannot be used are not' "$(grep -E 'engine (9|12|15|18|24):' "$choices")"
verdict 'nothing is left' "$(blame)"
cp stdout first
expect 0 'engine' 'engines that were kept' summary
verdict 'none is timed' "$([ "$(calls cudaEventElapsedTime)" = 0 ] || calls cudaEventElapsedTime)"
verdict 'they are the same' "$(diff first stdout)"

expect 0 'engine' 'anew' summary --tune=full
verdict 'they are timed again' "$([ "$(calls cudaEventElapsedTime)" -gt 10 ] ||
    calls cudaEventElapsedTime)"
sed 's/engine [0-9]*:.*/engine 6: 2=99/' "$choices" >changed && cp changed "$choices"
expect 0 'engine' 'texts that cuDNN does not know' summary
verdict 'they are replaced' "$(grep '2=99' "$choices")"
verdict 'nothing is left then' "$(blame)"

rm -f "$choices"
expect 0 'engine' 'by rule' summary --tune=off
verdict 'by rule none is timed' "$([ "$(calls cudaEventElapsedTime)" = 0 ] ||
    calls cudaEventElapsedTime)"
verdict 'by rule each was tried' "$([ "$(calls cudnnBackendExecute)" -gt 3 ] ||
    calls cudnnBackendExecute)"
verdict 'by rule nothing refuses' "$(grep 'engine 15' stdout)"
verdict 'by rule nothing is kept' "$([ ! -f "$choices" ] || cat "$choices")"

expect 0 '' 'deterministic' summary --deterministic
verdict 'deterministic: older calls' "$(grep 'engine' stdout)"
expect 0 'FMA' 'fp32' summary --precision=fp32
verdict 'fp32: older calls' "$(grep 'engine' stdout)"
rm -f "$choices"
CUDASIM_ENGINES=none
export CUDASIM_ENGINES
expect 0 'tensor cores' 'no engine' summary -v
verdict 'no engine: older calls' "$(grep 'engine [0-9]' stdout)"
verdict 'no engine: the log says so' "$(
    grep -q "graph interface has no engine" stderr || show stderr)"
unset CUDASIM_ENGINES

# In half precision the tests of convolutions are computed by engines.
export OP_BACKENDS_TIMED=1 OP_BACKENDS_FASTEST=1
program test_ops '*conv2d*'
finish
