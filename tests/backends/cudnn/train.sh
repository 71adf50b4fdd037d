#!/bin/sh
# train.sh: training, evaluation and prediction on cudnn with the stand-ins for NVIDIA's libraries.
# Losses follow the oracle's in each precision; equal seeds and resumed runs give the same bits;
# recorded steps give the results of unrecorded ones; a warm step makes few CUDA calls. The short
# check compares losses in fp32 and bf16 only, and bits in fp32.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
need_data 'training on cudnn'
# 25 steps; every fifth has a smaller batch. At this learning rate training amplifies rounding
# errors little.
short="--set=train.epochs=5 --set=data.train_limit=138 --set=data.validation_limit=32
    --set=train.learning_rate=0.01"
train() { "$run" train "$net" --backend=cudnn --quiet $short "$@"; }

# follows A B SHARE WHAT: the losses of B differ from those of A by at most SHARE of the first.
follows()
{
    cut -d, -f4 "$1/metrics.csv" >wanted
    verdict "$4" "$(paste -d, wanted "$2/metrics.csv" | awk -F, -v share="$3" '
        function off(a, b) { return a > b ? a - b : b - a }
        NR == 2 { first = $1 }
        NR > 1 {
            n++
            if (!(off($1, $5) <= share * first)) print "epoch " n ": " $5 ", not " $1
        }
        END { if (n != 5) print n + 0 " epochs" }')"
}

expect 0 '' 'training on the oracle' \
    "$run" train "$net" --backend=reference --quiet $short --output=oracle
half_precisions=bf16 exact_precisions=fp32
if is_long; then
    half_precisions='tf32 bf16 fp16' exact_precisions='fp32 bf16'
fi
for precision in fp32 $half_precisions; do
    expect 0 '' "training in $precision" train --precision=$precision --output=$precision
    verdict "training in $precision: nothing was used wrongly" "$(blame)"
done
# Measured with four seeds: 1e-7 of the first loss in fp32, up to 1.2 % in the others.
follows oracle fp32 0.0001 'the losses in fp32 are those of the oracle'
for precision in $half_precisions; do
    follows oracle $precision 0.02 "the losses in $precision are nearly those of the oracle"
done

# Each run takes one step, its plan's first, which is not recorded.
for precision in $exact_precisions; do
    set -- --precision=$precision --deterministic
    expect 0 '' "deterministic training in $precision" train "$@" --output=straight
    expect 0 '' "the same in $precision again" train "$@" --output=again
    same_results straight again "two runs with one seed give the same bits in $precision"
    expect 0 '' "stopping in $precision" train "$@" --output=steps --set=train.max_steps=20
    for step in 21 22; do
        expect 0 '' "resuming in $precision for step $step" \
            train "$@" --output=steps --resume --set=train.max_steps=$step
    done
    expect 0 '' "resuming in $precision to the end" train "$@" --output=steps --resume
    same_results straight steps "resumed and unrecorded steps give the same bits in $precision"
    rm -rf straight again steps
done

# steps N: the calls of a run of N steps, all of one plan.
steps()
{
    train --precision=bf16 --output="$1" --set=data.train_limit=330 --set=train.max_steps="$1"
    (echo "steps $1" && cat report) >"$1.calls"
}
# The number of calls of a function in nine steps minus that in five.
more()
{
    cat 5.calls 9.calls | awk -v name="$1" '
        $1 == "steps" { sign = $2 == 5 ? -1 : 1 }
        $1 == "calls" && $2 == name { n += sign * $3 }
        END { print n + 0 }'
}
expect 0 '' 'a run of five steps' steps 5
expect 0 '' 'a run of nine steps' steps 9
verdict 'a warm step is one launch' "$(
    [ "$(more cudaGraphLaunch)" = 4 ] || echo "$(more cudaGraphLaunch) in 4 steps"
    [ "$(more cudaLaunchKernel)" = 0 ] || echo 'and more kernels')"
# Waits for the pinned memory of four uploads, long free, and of two results; and for the results.
verdict 'a warm step waits for its uploads and results only' "$(
    n=$(($(more cudaStreamSynchronize) + $(more cudaEventSynchronize) +
        $(more cudaDeviceSynchronize)))
    [ $n -gt 0 ] && [ $n -le 32 ] || echo "$n more waits in 4 more steps")"
verdict 'nothing else is asked of CUDA in a warm step than copies, events and the launch' "$(
    awk '$1 == "calls" { print $2 }' 9.calls | while read -r name; do
        n=$(more "$name")
        case $name in
            cudaGraphLaunch | cudaMemcpyAsync | cudaEvent[RQ]* | cudaStreamWaitEvent) ;;
            cudaStreamQuery | *Synchronize | cudaSetDevice | cudaGetLastError) ;;
            *) [ "$n" = 0 ] || echo "$name: $n more in 4 more steps" ;;
        esac
    done)"

loss_of() { sed -n 's/^loss *//p' stdout; }
expect 0 'top-1' 'evaluation on the oracle' \
    "$run" eval "$net" --backend=reference --output=fp32
wanted=$(loss_of)
for limits in 'fp32 0.0002' 'bf16 0.02'; do
    set -- $limits
    expect 0 'top-1' "evaluation in $1" \
        "$run" eval "$net" --backend=cudnn --precision="$1" --output=fp32
    verdict "evaluation in $1: the loss is the oracle's" "$(
        echo "$(loss_of) $wanted $2" | awk '$1 - $2 > $3 || $2 - $1 > $3 { print }')"
done
expect 0 '' 'prediction' "$run" predict "$net" --backend=cudnn --output=fp32

# In 16 bits a relu's input near 0 may change sign, which changes gradients by their own size.
is_long || finish
for limits in 'fp32 1e-4 train-step' 'tf32 0.005 infer' 'bf16 0.02 infer' 'fp16 0.005 infer'; do
    set -- $limits
    expect 0 '' "compare in $1" "$run" compare "$srcdir/share/models/fashion_mnist_small.cfg" \
        --backends=reference,cudnn --precision="$1" --limit="$2" --phase="$3"
done

export CUDASIM_DEVICES=2
expect 0 '' 'training on two devices' train --backend=cudnn:0,1 --output=pair
verdict 'training on two devices: nothing was used wrongly' "$(blame)"
follows fp32 pair 0.001 'the losses on two devices are those on one'
finish
