#!/bin/sh
# bench.sh: the report of bench, its baseline and its trace.
. "$srcdir/tests/e2e/e2e.sh"

bench()
{
    "$run" bench "$net" --batch=2 --warmup=1 "$@"
}

expect 0 '' 'bench as JSON' bench --json --steps=10 --trace=trace.json
cp stdout first.json
is_json 'it is JSON' first.json
verdict 'it says what was measured, and where' "$(
    for key in kind schema version processor processors system network phase batch macs input \
        backend ranks device library precision convolution deterministic threads n_steps open_ms \
        first_ms median_ms p90_ms p99_ms images_per_s gflop_per_s peak_gflop_per_s upload_ms \
        compute_ms download_ms enqueue_ms result_wait_ms device_ms \
        memory_bytes joules energy_of times_ms; do
        grep -q "^  \"$key\":" first.json || echo "no $key"
    done)"
expect 0 'one after the other: upload ' 'bench as text' bench --steps=3
verdict 'the share of the peak' "$(
    grep -qE '^[0-9.]+ images/s, [0-9.]+ GFLOP/s \([0-9]+% of the [0-9.]+ of a large' stdout ||
        show stdout)"
if command -v python3 >/dev/null; then
    verdict 'the trace is as its format says, and as the report' "$(
        python3 "$srcdir/tests/e2e/check_bench_trace.py" trace.json first.json 2>&1)"
else
    skip 'a trace' 'there is no python3 to read it'
fi
verdict 'the parts of host and device' "$(
    grep -qE '^of a step the host takes [0-9.]+ ms to hand it to the device, then waits' stdout ||
        show stdout)"
expect 0 '"input": "device"' 'a batch that stays on the device' bench --resident --steps=5 --json
cp stdout resident.json
is_json 'it is JSON, too' resident.json
expect 2 'give one of them' 'a batch that stays, of a data set' bench --resident --loader
expect 4 'its "input" is "device", and here it is "resident"' 'a baseline of a batch that stays' \
    bench --baseline=resident.json --fail-above=5
expect 4 'cannot' 'a trace in a folder that is not there' bench --steps=1 --trace=absent/trace.json

# with FILE MILLISECONDS: the first report with other times.
with()
{
    sed "/\"times_ms\"/,/]/ s/^\( *\)[0-9][0-9.e-]*\(,\{0,1\}\)\$/\1$2\2/" first.json >"$1"
    verdict "$1 has other times" "$([ "$(grep -c "^ *$2,*\$" "$1")" = 10 ] || show "$1")"
}
with fast.json 0.001
with slow.json 100000.0
expect 0 'beside fast.json: slower by ' 'a baseline that was faster' \
    bench --steps=10 --baseline=fast.json
expect 1 ', more than --fail-above=50' 'a baseline that was faster, with a limit' \
    bench --steps=10 --baseline=fast.json --fail-above=50
verdict 'the report is printed all the same' "$(grep -q '^median ' stdout || show stdout)"
expect 0 '' 'a limit that is not reached' \
    bench --steps=10 --baseline=fast.json --fail-above=1000000000
expect 0 '"times_ms"' 'a report of four steps' bench --steps=4 --json
cp stdout four.json
expect 0 '' 'a limit beside too few steps' \
    bench --steps=10 --baseline=four.json --fail-above=50
verdict 'it is said that the limit never fails' \
    "$(grep -q 'never fails here: four.json has 4 steps, and fewer than 5' stderr || show stderr)"
expect 0 '' 'a limit of too few steps' bench --steps=4 --baseline=fast.json --fail-above=50
verdict 'it is said of this run' \
    "$(grep -q 'never fails here: this run has 4 steps' stderr || show stderr)"
expect 0 'beside slow.json: faster by ' 'a baseline that was slower, with a limit' \
    bench --steps=10 --baseline=slow.json --fail-above=0
expect 0 '"verdict": "faster by ' 'the same as JSON' bench --steps=10 --baseline=slow.json --json
is_json 'it is JSON with a baseline' stdout
expect 0 'no difference that 4 steps can show' 'too few steps' \
    bench --steps=4 --baseline=fast.json --fail-above=0

expect 4 'its "batch" is 2, and here it is 3' 'a baseline of another batch, with a limit' \
    "$run" bench "$net" --batch=3 --baseline=first.json --fail-above=5
expect 0 'beside first.json: ' 'the same without a limit' \
    "$run" bench "$net" --batch=3 --steps=1 --baseline=first.json
verdict 'it is said' "$(grep -q 'its "batch" is 2, and here it is 3' stderr || show stderr)"
for change in 's/"processor": ".*"/"processor": "Z80"/' 's/"network": ".*"/"network": "other"/' \
    's/"precision": "fp32"/"precision": "bf16"/' '/"device"/d'; do
    sed "$change" first.json >changed.json
    expect 4 'compare with a baseline of the same' "a baseline changed by $change" \
        bench --baseline=changed.json --fail-above=5
done
sed 's/"version": ".*"/"version": "0.0.0"/' first.json >changed.json
expect 0 '' 'a baseline of another version' bench --steps=1 --baseline=changed.json --fail-above=1e6
verdict 'it is said, too' "$(grep -q 'its "version" is "0.0.0"' stderr || show stderr)"

weights=$srcdir/tests/golden/weights/torch_bfloat16/model.safetensors
expect 4 'absent.safetensors' 'weights that are not there' bench --weights=absent.safetensors
expect 0 '"phase": "infer"' 'weights of another program' \
    "$run" bench "$weights" --phase=infer --batch=1 --steps=1 --warmup=1 --json --verbose=2
verdict 'they are read' "$(grep -q "weights: $weights: [0-9]* tensors" stderr || show stderr)"
verdict 'a table of the start, once' "$(
    [ "$(grep -c 'start: .* ms$' stderr)" = 11 ] || show stderr
    grep -qE 'start: to the end of the first step +[0-9.]+ ms$' stderr || show stderr)"

expect 2 '--fail-above needs --baseline=FILE' 'a limit alone' bench --fail-above=5
expect 2 'expected a number of percent' 'a limit that is no number' \
    bench --baseline=first.json --fail-above=5%
expect 2 'expected a number of percent' 'a limit below 0' \
    bench --baseline=first.json --fail-above=-1
expect 4 'absent.json' 'a baseline that is not there' bench --baseline=absent.json
expect 4 'no report of bench' 'a baseline that is a trace' bench --baseline=trace.json
expect 4 'not JSON' 'a baseline that is no JSON' bench --baseline="$net"
sed 's/"schema": 1/"schema": 999/' first.json >changed.json
expect 4 'its schema is 999' 'a baseline of a later schema' bench --baseline=changed.json
for change in 's/"times_ms"/"times"/' '/"times_ms"/,/]/ s/^ *[0-9.e-]*\(,*\)$/-1\1/' \
    '/"times_ms"/,/]/ s/^ *[0-9.e-]*\(,*\)$/"1"\1/'; do
    sed "$change" first.json >changed.json
    expect 4 '"times_ms" should be a list' "times changed by $change" bench --baseline=changed.json
done
finish
