# stages.sh: what check goes through. A stage runs in a process of its own, in the folder $work,
# which check removes; it writes rows (results.sh), and fails only where it could not go on. $here,
# $source, $build, $run, $plugin, $plugins, $models, $small, $small_net, $recipe, $tests and $python
# are check's.

# Name, seconds at most, seconds at least. The first use of cudnn.so compiles its kernels and times
# its algorithms, in training_bf16.
stage_list()
{
    cat <<'LIST'
machine 20 1
ceilings 40 5
training_bf16 180 20
inference_bf16 90 15
one_image_bf16 70 15
kernel_names 60 15
goldens 90 10
comparison 60 10
training_fp16 90 20
inference_fp16 90 15
training_tf32 50 20
training_fp32 50 20
compiled_one_image 90 30
compiled_inference 90 30
compiled_training 120 40
sanitizer 60 15
recipe 60 15
two_gpus 40 10
LIST
}

stage_machine()
{
    fact system "$(uname -srm)"
    fact processors "$(nproc)"
    "$plugin" info cudnn >info 2>&1
    cat info
    grep -E '^ *cudnn:[0-9]|\.so\.[0-9]' info | tr -s ' ' | sed 's/^ //' >lines
    while IFS= read -r line; do fact cudnn.so "$line"; done <lines
    if command -v nvidia-smi >/dev/null; then
        nvidia-smi
        asked=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit
        nvidia-smi --query-gpu=$asked --format=csv,noheader >lines
        while IFS= read -r line; do fact nvidia-smi "$line"; done <lines
    fi
    fact PyTorch "$("$python" -c 'import torch; print(torch.__version__, torch.version.cuda,
        torch.backends.cudnn.version())' 2>&1 | tail -n 1)"
}

# What a large product and a copy reach, by PyTorch. Ours measures the product, too (speed.sh).
stage_ceilings()
{
    if ! "$python" "$here/peer_gpu.py" ceilings ${small:+small} >ceilings 2>stderr; then
        fact ceilings "not measured by PyTorch: $(tail -n 1 stderr)"
        return
    fi
    while read -r name value unit; do
        object ceiling name "$name" value "$value" unit "$unit" by PyTorch
    done <ceilings
}

stage_training_bf16() { pair train-step 256 bf16 eager; }
stage_inference_bf16() { pair infer 256 bf16 eager; }
stage_one_image_bf16() { pair infer 1 bf16 eager; }
stage_training_fp16() { pair train-step 256 fp16 eager; }
stage_inference_fp16()
{
    pair infer 256 fp16 eager
    pair infer 1 fp16 eager
}
stage_training_tf32() { pair train-step 64 tf32 eager; }
stage_training_fp32() { pair train-step 64 fp32 eager; }
stage_compiled_one_image() { pair infer 1 bf16 compiled; }
stage_compiled_inference() { pair infer 256 bf16 compiled; }
stage_compiled_training() { pair train-step 256 bf16 compiled; }

stage_kernel_names()
{
    kernels_of train-step 256 bf16
    kernels_of infer 256 bf16
}

# golden NAME TEST PATTERN...: one of the test programs, or its tests of these names, on the plugins
# of $work/plugins. What is not over when the stage's time is, is stopped just before.
golden()
{
    name=$1 test=$2
    shift 2
    if [ ! -x "$build/tests/$test" ]; then
        not_run "$name, all precisions" 'the program is not there'
        return
    fi
    (cd "$build" && alone timeout --foreground -s KILL $((limit - 3)) "tests/$test" "$@") \
        >"$name.log" 2>&1
    status=$?
    result=$(awk '/^ *tests +[0-9]/ { p += $4; f += $5 } /skipped: /{ s++ }
        END { print p - s " passed, " f + 0 " failed, " s + 0 " skipped" }' "$name.log")
    case $result in 0* | -*) [ $status != 0 ] || status='nothing passed' ;; esac
    if [ "$status" = 137 ]; then
        not_run "$name, all precisions" "stopped after $((limit - 3)) s"
    else
        test_row "$status" "$name, all precisions" "$result" '0 failed'
    fi
    {
        echo "-- $name: $result"
        grep -i -e fail -e 'error' "$name.log" | head -n 40
        tail -n 5 "$name.log"
    } >"$name.shown"
}

# alone COMMAND...: a test program with the plugins of $work/plugins. A bundle's plugins look for
# libraries beside themselves, which links do not have there.
alone()
{
    LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}:$plugins/bundled RESNET_PLUGIN_PATH=$work/plugins \
        srcdir=$source builddir=$build "$@"
}

only_cudnn()
{
    mkdir -p -m 755 plugins
    for name in cudnn reference residual resnext; do ln -sf "$plugins/$name.so" plugins/; done
}

# Side by side: they wait for the host more than for the GPU. The tests take what cuDNN's rule
# chooses, those of convolutions also what is fastest. --small takes a few of them.
stage_goldens()
{
    only_cudnn
    if [ -n "$small" ]; then
        golden test_ops ops/test_ops '*relu*'
    else
        export TEST_LONG=1
        for test in $tests; do golden "${test##*/}" "$test" & done
        (export OP_BACKENDS_TIMED=1 && golden conv2d_by_the_clock ops/test_ops '*conv2d*') &
    fi
    wait
    cat ./*.shown
}

# compare gives the same weights and images to both.
stage_comparison()
{
    for other in fp32:1e-3:train-step tf32:0.01:infer bf16:0.05:infer fp16:0.01:infer; do
        precision=${other%%:*} phase=${other##*:} limit=${other#*:}
        limit=${limit%:*}
        "$run" compare "$recipe" --backends=cpu_blas,cudnn \
            --precision="$precision" --limit="$limit" --phase="$phase" >stdout 2>stderr
        status=$?
        cat stdout stderr
        result=$(sed -n 's/^  cudnn[^ ]*\( precision=[^ ]*\)\{0,1\}  *//p' stdout | head -n 1)
        test_row $status "compare with cpu_blas, $precision, $phase" \
            "${result:-$(tail -n 1 stderr)}" "within $limit"
    done
}

# CUDA's own folder is on few machines' PATH. The tests go on for as long as there is time: what was
# found until then counts.
stage_sanitizer()
{
    PATH=$PATH:${CUDA_HOME:-/usr/local/cuda}/bin
    if ! command -v compute-sanitizer >/dev/null; then
        not_run 'compute-sanitizer' 'it is not installed'
        return
    fi
    only_cudnn
    (cd "$build" && alone timeout --foreground -s KILL $((limit - 5)) \
        compute-sanitizer --error-exitcode=9 tests/ops/test_ops '*cudnn*') >sanitizer.log 2>&1
    status=$?
    head -n 200 sanitizer.log
    result=$(grep '^========= ' sanitizer.log | tail -n 1)
    if grep -q 'Device not supported' sanitizer.log; then
        not_run 'compute-sanitizer' 'it does not support this machine'
        return
    fi
    if [ $status = 137 ] && ! grep -qE '^========= .*(Invalid|[Ee]rror|Leak)' sanitizer.log; then
        status=0 result="nothing found in $((limit - 5)) s, when it was stopped"
    fi
    test_row $status 'compute-sanitizer on test_ops' "$result" 'no error'
}

# An epoch of the book's recipe, where its data set is found: status 4 says that it is not.
stage_recipe()
{
    "$run" train "$recipe" --backend=cudnn --quiet --output=epoch --set=train.epochs=1 >stdout \
        2>stderr
    status=$?
    cat stdout stderr
    if [ $status = 4 ]; then
        not_run "an epoch of $(basename "$recipe")" "$(tail -n 1 stderr)"
        return
    fi
    result=$(tail -n 1 epoch/metrics.csv | awk -F, '{ print "accuracy " $7 ", " $9 " s" }')
    least=0.6 target='accuracy 0.6'
    [ -z "$small" ] || least=0 target='it ends'
    [ $status = 0 ] && tail -n 1 epoch/metrics.csv |
        awk -F, -v least=$least '{ exit !($7 >= least) }'
    test_row $? "an epoch of $(basename "$recipe")" "$result" "$target"
}

# with_two WHAT OUT COMMAND...: trains on two GPUs; its losses beside those of one in on0
with_two()
{
    what="two GPUs$1: losses of one and of two" out=$2
    shift 2
    "$@" train "$small_net" --quiet --output="$out" --set=train.epochs=2 \
        --set=train.learning_rate=0.01 >stdout 2>stderr
    cat stderr
    result=$(paste -d, on0/metrics.csv "$out/metrics.csv" | awk -F, 'NR > 1 {
        off = ($4 - $(NF / 2 + 4)) / $4
        if (off < 0) off = -off
        if (off > most) most = off
        n++
    } END { print n ? most + 0 : "no losses" }')
    awk -v off="$result" 'BEGIN { exit !(off + 0 <= 0.001 && off != "no losses") }'
    test_row $? "$what" "$result" 'within 0.001'
}

stage_two_gpus()
{
    if [ "$("$plugin" info cudnn | grep -c 'cudnn:[0-9]')" -lt 2 ]; then
        not_run 'two GPUs' 'there is one'
        return
    fi
    "$run" train "$small_net" --quiet --backend=cudnn:0 --output=on0 --set=train.epochs=2 \
        --set=train.learning_rate=0.01 >stdout 2>stderr
    if [ $? = 4 ]; then
        not_run 'two GPUs' "$(tail -n 1 stderr)"
        return
    fi
    with_two '' on0,1 "$run" --backend=cudnn:0,1
    if [ -e "$plugins/mpi.so" ] && command -v mpirun >/dev/null; then
        with_two ', two processes' processes mpirun -n 2 "$run" --backend=cudnn
    else
        not_run 'two GPUs, two processes' 'mpi.so or mpirun is not there'
    fi
}

# What was chosen and compiled, for the next run on such a machine; up to 8 MiB.
stage_caches()
{
    [ -d "$XDG_CACHE_HOME/resnet-run" ] || return 0
    tar -C "$XDG_CACHE_HOME" -czf caches.tar.gz resnet-run || return
    if [ "$(wc -c <caches.tar.gz)" -gt 8388608 ]; then
        tar -C "$XDG_CACHE_HOME" -czf caches.tar.gz resnet-run/cudnn-choices || return
    fi
    cp caches.tar.gz "$folder/"
}
