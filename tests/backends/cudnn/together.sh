#!/bin/sh
# together.sh: training on several GPUs, with recorded steps and NCCL, on the stand-ins: the curve
# is that of one GPU, and a failing call ends the run with one message.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
need_data 'training on several GPUs'
export CUDASIM_DEVICES=3

train()
{
    devices=$1
    shift
    "$run" train "$net" --backend="cudnn:$devices" --quiet --overwrite \
        --tune=off --set=train.epochs=2 \
        --set=data.train_limit=128 --set=data.validation_limit=33 "$@"
}

for precision in fp32 fp16; do
    limit=1e-3
    [ "$precision" = fp32 ] || limit=2e-2
    expect 0 '' "one GPU, $precision" train 0 --precision=$precision --output=one
    expect 0 '' "two GPUs, $precision" train 2,1 --precision=$precision --output=two
    verdict "the curve of one GPU, $precision" "$(near one two $limit)"
    verdict "steps are recorded, and gradients exchanged, $precision" "$(
        [ "$(calls cudaGraphLaunch)" -gt 10 ] || echo "$(calls cudaGraphLaunch) graphs"
        [ "$(calls ncclAllReduce)" -gt 10 ] || echo "$(calls ncclAllReduce) sums")"
    verdict "nothing is left, $precision" "$(blame)"
done
for call in cudaGraphLaunch:3 ncclAllReduce:40 cudaMemcpyAsync:200 cudaStreamBeginCapture:2; do
    CUDASIM_FAIL=$call
    export CUDASIM_FAIL
    expect 3 'cudnn:' "a call that fails: $call" train 0,1 --output=lost
    unset CUDASIM_FAIL
    verdict "nothing is left: $call" "$(blame; ! grep 'another of' stderr)"
done
export CUDASIM_DEVICES=1
expect 3 'backend cudnn:1: there is no GPU "1"' 'a GPU that is not there' train 0,1 --output=lost
finish
