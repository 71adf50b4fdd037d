# speed.sh: steps of ours and of PyTorch's, one after the other in rounds, so that a drift of the
# machine affects both. PyTorch's process (peer_gpu.py) stays, and answers a line for each that it
# is asked; ours starts anew each time, as its caches make that quick.

network=resnet50 steps=20 rounds=2
cfg=$models/$network.cfg
if [ -n "$small" ]; then
    network=dropout steps=2 rounds=1 cfg=$small_net
fi

# batch_of N: the same, or a small one
batch_of() { [ -z "$small" ] || [ "$1" = 1 ] && echo "$1" || echo 2; }

# ours PHASE BATCH PRECISION OPTION...: a benchmark, in `stdout`; and in bench.jsonl, on a line.
ours()
{
    phase=$1 batch=$2 precision=$3
    shift 3
    "$run" bench "$cfg" --backend=cudnn --precision="$precision" --phase="$phase" \
        --batch="$batch" --steps=$steps --warmup=$((steps / 4 + 2)) --resident --json "$@" \
        >stdout 2>stderr
    bench_status=$?
    cat stderr
    [ ! -s stdout ] || { tr -d '\n' <stdout && echo; } >>"$folder/bench.jsonl"
    return $bench_status
}

# number KEY: of the benchmark; nothing where it is null
number()
{
    awk -F': |,' -v key="  \"$1\"" '$1 == key && $2 ~ /^[0-9]/ { printf "%.6f", $2; exit }' stdout
}

# timed WHO ROUND MS KEY VALUE...
timed()
{
    who=$1 round=$2 ms=$3
    shift 3
    object time network "$network" phase "$phase" batch "$batch" precision "$precision" who "$who" \
        round "$round" ms "$ms" "$@"
}

# absent WHO WHY
absent()
{
    object absent network "$network" phase "$phase" batch "$batch" precision "$precision" who "$1" \
        why "$2"
}

# What a large product of matrices reaches, once for each precision.
ours_product()
{
    product=$(number peak_gflop_per_s)
    [ -n "$product" ] || return 0
    grep -q "\"product_$precision\".*cudnn.so" "$folder/report.jsonl" ||
        object ceiling name "product_$precision" value "$product" unit GFLOP/s by cudnn.so
}

# ours_round ROUND: not enough memory is no fault of anybody.
ours_round()
{
    if ours "$phase" "$batch" "$precision"; then
        timed ours "$1" "$(number median_ms)" enqueue_ms "$(number enqueue_ms)" \
            wait_ms "$(number result_wait_ms)" device_ms "$(number device_ms)" \
            upload_ms "$(number upload_ms)" ready_ms "$(number ready_ms)"
        ours_product
    elif [ $bench_status = 6 ]; then
        absent ours 'the GPU has too little memory'
    else
        absent ours "$(tail -n 1 stderr)"
        test_row 1 "bench of $network, $phase, $precision, batch $batch" "$(tail -n 1 stderr)" \
            'it ends'
        return 1
    fi
}

# Starts PyTorch's process; without PyTorch, `answer` has nothing to read.
peer_start()
{
    trap '' PIPE
    rm -f ask answer
    mkfifo ask answer
    "$python" "$here/peer_gpu.py" $network "$phase" "$batch" "$precision" "$1" $steps <ask >answer \
        2>peer.stderr &
    exec 3>ask 4<answer
    read -r ready <&4 || ready=
}

# peer_ask WORD: sets `answer`, to nothing if there is none.
peer_ask()
{
    answer=
    [ -z "$ready" ] || { echo "$1" >&3 && read -r answer <&4; } 2>/dev/null || true
}

peer_stop()
{
    exec 3>&- 4<&-
    wait
}

# pair PHASE BATCH PRECISION SETTING
pair()
{
    phase=$1 batch=$(batch_of "$2") precision=$3
    ours_round 1 || return 0
    peer_start "$4"
    for round in $(seq $rounds); do
        [ "$round" = 1 ] || ours_round "$round" || break
        peer_ask time
        if [ -z "$answer" ]; then
            absent "$4" "$(tail -n 1 peer.stderr)"
            break
        fi
        timed "$4" "$round" "$answer"
    done
    peer_stop
    tail -n 20 peer.stderr
}

# Kernels as "kernel,launches,ms" become lines of kernels.csv, with WHO before them.
add_kernels()
{
    [ -s "$folder/kernels.csv" ] || echo 'who,phase,batch,precision,kernel,launches,ms' \
        >"$folder/kernels.csv"
    sed "s/^/$1,$phase,$batch,$precision,/" >>"$folder/kernels.csv"
}

# The kernels that the backend itself times, from a benchmark: cuDNN's have the algorithm's name.
backend_kernels()
{
    awk '/^  "kernels": \[/ { on = 1 } on && /^  \]/ { on = 0 }
        on && /"kernel":/ { sub(/^ *"kernel": /, ""); sub(/,$/, ""); name = $0 }
        on && /"launches":/ { sub(/,$/, ""); launches = $2 }
        on && /"ms":/ { sub(/,$/, ""); print name "," launches "," $2 }' stdout
}

# kernels_of PHASE BATCH PRECISION: of ours by the backend, by NVIDIA's CUPTI where that is found,
# which knows the real names; of PyTorch's by its profiler.
kernels_of()
{
    phase=$1 batch=$(batch_of "$2") precision=$3
    ours "$phase" "$batch" "$precision" || return 0
    backend_kernels | add_kernels cudnn.so
    rm -f names.csv
    cupti=$("$python" "$here/peer_gpu.py" cupti 2>/dev/null)
    (
        export CUDA_INJECTION64_PATH="$build/tests/gpu/kernel_names.so"
        export KERNEL_NAMES_CUPTI="$cupti" KERNEL_NAMES_OUT=names.csv
        ours "$phase" "$batch" "$precision"
    )
    if [ -s names.csv ]; then
        add_kernels ours <names.csv
    else
        why=$(grep '^kernel_names: ' stderr | tail -n 1)
        fact 'kernel names' "CUPTI gave none of ours: ${why:-CUDA did not load kernel_names.so}"
    fi
    peer_start eager
    peer_ask kernels
    while [ -n "$answer" ] && [ "$answer" != end ]; do
        echo "$answer"
        read -r answer <&4 || break
    done | add_kernels PyTorch
    peer_stop
    tail -n 3 peer.stderr
}
