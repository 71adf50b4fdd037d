#!/bin/sh
# refused.sh: convolutions that cuDNN offers and then refuses to run: each that is taken by rule is
# tried before, and another is taken, or the network is refused. What fails on the GPU in the first
# step is reported with its operator, and that step loads what it uses while nothing waits for other
# GPUs.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
need_data 'refused convolutions'
step() { "$run" train "$net" --backend=cudnn --quiet --set=train.max_steps=3 --output=out "$@"; }
summary() { "$run" summary "$net" --algorithms --backend=cudnn --tune=off "$@"; }

export CUDASIM_ENGINES=none # the older calls in all precisions
expect 0 'implicit precomp GEMM' 'algorithms by rule' summary --precision=bf16
export CUDASIM_REFUSE=forward1
expect 3 'offered and then refused is implicit precomp GEMM' 'the only one is refused' \
    summary --precision=bf16
unset CUDASIM_ENGINES
export CUDASIM_REFUSE=forward1,data1,filter1
expect 0 'FMA' 'others in fp32' summary
verdict 'the refused one is not taken' "$(grep 'implicit precomp GEMM' stdout)"
expect 3 'offered and then refused is algorithm 1' 'strides have no other deterministic one' \
    step --deterministic
CUDASIM_REFUSE=forward1
expect 0 '' 'steps with the others, by rule' step --deterministic
verdict 'nothing was used wrongly' "$(blame)"
rm -rf out
CUDASIM_REFUSE=forward1,data1,filter1
expect 0 '' 'steps with the others, by the clock' step
verdict 'nothing was used wrongly' "$(blame)"
CUDASIM_REFUSE=fused
expect 0 '' 'an epilogue is computed apart' \
    "$run" bench "$net" --backend=cudnn --phase=infer --steps=1
rm -rf out
CUDASIM_REFUSE=all
expect 3 'without --deterministic it may have one' 'all are refused' step --deterministic
unset CUDASIM_REFUSE

# Of the operators the core names the one that it runs.
export CUDASIM_FAIL_LATE=cudnnConvolutionForward:1
expect 3 'try a convolution: an illegal' 'a trial fails on the GPU' step --deterministic
for n in 3 12 30; do
    CUDASIM_FAIL_LATE=cudaLaunchKernel:$n
    expect 3 'finish its work: an illegal' "kernel $n fails on the GPU" step --deterministic
    verdict 'its operator is named' "$(grep -vE 'cudnn: .+ \(.+\): CUDA could not finish' stderr)"
done
unset CUDASIM_FAIL_LATE

# The stand-in's NCCL waits from its call on.
expect 0 '' 'two GPUs' env CUDASIM_DEVICES=2 "$run" train "$net" --backend=cudnn:0,1 --quiet \
    --set=train.max_steps=3 --output=two
verdict 'nothing is loaded while NCCL waits, or in a recorded step' "$(blame)"
finish
