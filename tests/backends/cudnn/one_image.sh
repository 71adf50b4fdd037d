#!/bin/sh
# one_image.sh: what a step of inference asks of CUDA: one launch of what was recorded, the copies,
# and one wait, with no other work of the host between them. Counted on the stand-ins for NVIDIA's
# libraries, as the calls of ten more steps.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
only_cudnn

# The image of 100 KiB is copied ahead of its step; that of the other network is small.
cp "$net" small.cfg
cat >large.cfg <<'CFG'
network = {
  input = { channels = 1; height = 160; width = 160; };
  classes = 10;
  layers = (
    { block = "conv2d"; name = "conv1"; channels = 2; kernel = 3; stride = 8; },
    { block = "global_avg_pool"; },
    { block = "flatten"; },
    { block = "linear"; name = "fc"; }
  );
};
CFG

# bench_calls STEPS CFG OPTION...: the calls of a benchmark, in report
bench_calls()
{
    steps=$1 cfg=$2
    shift 2
    expect 0 '' "$cfg, $steps steps $*" "$run" bench "$cfg" --backend=cudnn --phase=infer \
        --batch=1 --steps="$steps" "$@"
    verdict "$cfg, $steps steps $*: nothing is used wrongly" "$(blame)"
}

# expect_calls NAME=N...: the calls of a step in the two reports
expect_calls()
{
    for expected; do
        name=${expected%=*} wanted=${expected#*=}
        found=$(awk -v name="$name" '$1 == "calls" && $2 == name { n[FILENAME] = $3 }
            END { print (n["report"] - n["report.before"]) / 10 }' report.before report)
        [ "$found" = "$wanted" ] || echo "$name: $found, not $wanted"
    done
}

# step_calls CFG OPTIONS NAME=N...: what bench does besides its steps does not depend on their
# number, but on the clock, as the size of the product that it times: hence several attempts.
step_calls()
{
    cfg=$1 options=$2
    shift 2
    bench_calls 20 "$cfg" $options # compiles, and chooses algorithms
    for _ in 1 2 3 4 5; do
        bench_calls 20 "$cfg" $options
        mv report report.before
        bench_calls 30 "$cfg" $options
        offenders=$(expect_calls cudaGraphLaunch=1 cudaStreamSynchronize=0 cudaLaunchKernel=0 \
            cudaMemsetAsync=0 cudnnConvolutionForward=0 cudnnConvolutionBiasActivationForward=0 \
            cudaMalloc=0 "$@")
        [ -n "$offenders" ] || break
    done
    verdict "the calls of a step of $cfg $options" "$offenders"
}

# The result is copied back.
step_calls small.cfg --resident cudaMemcpyAsync=1 cudaEventSynchronize=1 cudaEventRecord=1
# The image, too. Its place in pinned memory was used some steps ago: that copy is long over.
step_calls small.cfg '' cudaMemcpyAsync=2 cudaEventSynchronize=2 cudaEventRecord=2
# To the landing, and from there.
step_calls large.cfg '' cudaMemcpyAsync=3 cudaEventSynchronize=2 cudaStreamWaitEvent=2
finish
