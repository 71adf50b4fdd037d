#!/bin/sh
# timed.sh: a backend that reports its device, how it was opened, and how long it computed.
. "$srcdir/tests/e2e/e2e.sh"

# plugin FOLDER FLAG...: compiles tests/plugin/zoo/timed.c into FOLDER.
plugin()
{
    folder=$1
    shift
    mkdir -m 755 "$folder"
    verdict "timed.c is compiled: $folder" "$(${CC:-cc} -std=gnu11 -fPIC -shared \
        -fvisibility=hidden -I"$srcdir/include" -DREFERENCE="\"$builddir/.libs/reference.so\"" \
        "$@" "$srcdir/tests/plugin/zoo/timed.c" -o "$folder/timed.so" 2>&1 &&
        chmod 755 "$folder/timed.so")"
}

# bench FOLDER ARGUMENT...
bench()
{
    from=$1
    shift
    "$run" bench "$net" --plugin-path="$work/$from" --steps=2 --warmup=1 --batch=2 "$@"
}

plugin now
plugin plain -DPLAIN

for device in 'Portable Computing Language/pthread-AMD EPYC' 'a:b, c#d//e' '[AMD/ATI] (x)' \
    '"two" \x41 {' '1' ''; do
    expect 0 "on timed${device:+:$device} (<$device> tuning 0), training" \
        "the device \"$device\" is opened and named" bench now --backend="timed:$device"
done
expect 0 '(<one two/3> tuning 0)' "the cfg's device" \
    bench now --set='backend={name="timed"; device="one two/3";}'
expect 0 'timed:[x] y' 'devices of compare' "$run" compare "$net" --plugin-path="$work/now" \
    --backends='timed:Platform/Device 1,timed:[x] y' --no-speed
long=$(printf '%0300d' 0)
expect 0 "timed:$long" 'a device with a long name is compared' "$run" compare "$net" \
    --plugin-path="$work/now" --backends="timed:$long,timed:$long" --no-speed

# Noise in a tensor that is 0 in theory is accepted; a real error there is not.
pooled=$srcdir/tests/config/nets/norm_pool.cfg
expect 0 ' zero' 'tensors that are 0 in theory' "$run" compare "$pooled" --batch=1 \
    --backends=reference,cpu_blas
expect 0 '"verdict": "zero"' 'the same as JSON' "$run" compare "$pooled" --batch=1 --json \
    --backends=reference,cpu_blas --no-speed
if command -v python3 >/dev/null; then
    verdict 'they are named, and no others' "$(python3 -c '
import json
names = ["pool.global_avg_pool", "fc", "fc.weight", "bn2.weight", "conv2", "conv2.bias",
         "conv2.weight", "relu", "bn1", "bn1.weight", "bn1.bias", "conv1",
         "conv1.bias", "conv1.weight"]
for row in json.load(open("stdout"))["tensors"]:
    verdicts = {side["verdict"] for side in row["sides"]}
    if row["kind"] != "after" and "zero" in verdicts and row["name"] not in names:
        print(row["kind"], row["name"])
' 2>&1)"
fi
expect 1 'pool.global_avg_pool' 'an error where 0 is right' \
    env TIMED_FAULT=offset "$run" compare "$pooled" --plugin-path="$work/now" --batch=1 \
    --backends=reference,timed --no-speed
expect 1 'conv2d_grad_weight' 'an error of one hundredth' \
    env TIMED_FAULT=gain "$run" compare "$net" --plugin-path="$work/now" --batch=4 \
    --backends=reference,timed --no-speed

for choice in quick:0 off:1 full:2; do
    expect 0 "(<> tuning ${choice#*:})" "--tune=${choice%:*}" \
        bench now --backend=timed --tune="${choice%:*}"
done
expect 0 '(<> tuning 1)' 'backend.tune of the cfg' bench now --backend=timed --set=backend.tune=off
expect 2 'tune: found "fast", expected' 'an unknown way to tune' bench now --tune=fast
expect 0 'on timed:one (plain loops in double' 'without context_info device_info is asked' \
    bench plain --backend=timed:one

# search OPTION...: a start of a backend that searches for 0.6 s.
search() { TIMED_FAULT=search bench now --backend=timed "$@"; }
# at_terminal OPTION: the same, where standard error is a terminal.
at_terminal()
{
    TIMED_FAULT=search script -qec "'$run' bench '$net' --plugin-path='$work/now' --steps=2 \
        --warmup=1 --batch=2 --backend=timed $1" /dev/null
}
search_told() { cat stdout stderr | grep -c 'timed: the first start on a device takes longer'; }
expect 0 '' 'a search, not at a terminal' search
verdict 'it is not told' "$([ "$(search_told)" = 0 ] || show stderr)"
expect 0 '' 'a search, with --verbose' search --verbose
verdict 'it is told once' "$([ "$(search_told)" = 1 ] || show stderr)"
if command -v script >/dev/null; then
    expect 0 '' 'a search at a terminal' at_terminal ''
    verdict 'it is told there, once' "$([ "$(search_told)" = 1 ] || show stdout)"
    expect 0 '' 'a search at a terminal, with --quiet' at_terminal --quiet
    verdict 'it is not told there' "$([ "$(search_told)" = 0 ] || show stdout)"
    expect 0 '' 'no search at a terminal' env TIMED_FAULT=none script -qec \
        "'$run' bench '$net' --plugin-path='$work/now' --backend=timed --steps=1" /dev/null
    verdict 'nothing is told' "$([ "$(search_told)" = 0 ] || show stdout)"
else
    skip 'a search at a terminal' 'there is no script'
fi

# An operator that may give other bits is rejected with --deterministic only.
expect 3 'backend timed declines 5 of' 'an operator that varies, with --deterministic' \
    env TIMED_FAULT=varies "$run" bench "$net" --plugin-path="$work/now" --steps=1 --batch=2 \
    --backend=timed --deterministic
verdict 'the refusal names layer and operator' "$(
    grep -qF 'conv1 (conv2d_grad_weight): equal inputs may give different' stderr || show stderr)"
expect 0 '' 'an operator that varies runs without it' \
    env TIMED_FAULT=varies "$run" bench "$net" --plugin-path="$work/now" --steps=1 --batch=2 \
    --backend=timed
for backend in reference cpu_blas onednn; do
    [ -f "$builddir/.libs/$backend.so" ] || continue
    expect 0 "on $backend" "$backend is deterministic" \
        "$run" bench "$net" --backend="$backend" --deterministic --steps=1 --warmup=0 --batch=2
done

# rows WHAT PATTERN...: each pattern is one line of the last output; N stands for any number, and
# spaces for any spaces.
rows()
{
    what=$1
    shift
    verdict "$what" "$(for row in "$@"; do
        pattern=$(printf '%s' "$row" | sed -e 's/[.()]/\\&/g' -e 's/N/[0-9.]+/g' -e 's/ / +/g')
        found=$(grep -cE "^ *$pattern *\$" stdout)
        [ "$found" = 1 ] || echo "$found lines are \"$row\""
    done)"
}

# Each operator takes 2 ms and a forward convolution 3, but 10 times that in the first of the three
# rounds: the median is neither that nor the mean. Of the 48 operators 5 are convolutions.
expect 0 'device ms' 'bench, where the device tells its times' \
    bench now --backend=timed --steps=3
rows 'the device times of operators, of their kinds, of kernels and of a step' \
    'layer operator ms device ms GFLOP/s algorithm' \
    'layer1.0.conv2 conv2d N 3.000 N' 'fc linear_grad_weight N 2.000 N' 'bn1.bias sgd N 2.000' \
    'operator how many ms of a step device ms GFLOP/s' \
    'conv2d 5 N N% 15.000 N' 'sgd 9 N N% 18.000' 'all 48 N N% 101.000 N' \
    'kernel on the device launches ms of a step' \
    'sgd 9 18.000 N%' 'conv2d 5 10.000 N%' 'pad 5 5.000 N%' 'subsample 1 2.000 N%' \
    'of a step the device computes for 101.000 ms (N%), by its own clock'
verdict 'the slowest kernel comes first' "$(
    sed -n '/^kernel on/,/^$/p' stdout | awk 'NR > 1 && NF { print $3 }' >column
    sort -rnc column 2>&1)"
expect 0 '"device_ms": 101.0' 'the same as JSON' bench now --backend=timed --steps=3 --json
verdict 'JSON of an operator, a kind and a kernel' "$(tr -d ' \n' <stdout >packed
    for part in '"layer":"layer1.0.conv2","operator":"conv2d","ms":N,"macs":N,"algorithm":"",
                 "device_ms":3.0' \
        '"operator":"sgd","count":9,"ms":N,"share":N,"macs":0,"gflops":0.0,"device_ms":18.0' \
        '"kernel":"pad","launches":5,"ms":5.0,"share":N'; do
        pattern=$(printf '%s' "$part" | tr -d ' \n' | sed -e 's/[.]/\\&/g' -e 's/N/[-+e0-9.]+/g')
        grep -qE "\\{$pattern\\}" packed || echo "no $part"
    done)"
if command -v python3 >/dev/null; then
    expect 0 '' 'a trace' bench now --backend=timed --steps=3 --json --trace=trace.json
    verdict 'the kernels of a trace are those of the report' "$(
        python3 "$srcdir/tests/e2e/check_bench_trace.py" trace.json stdout 2>&1)"
else
    skip 'a trace' 'there is no python3 to read it'
fi
expect 0 '' 'bench of inference, one step' bench now --backend=timed --steps=1 --phase=infer
rows 'what is computed once is no part of a step' 'all 10 N N% 250.000 N'

# without WHAT FOLDER: neither form of the report mentions device times.
without()
{
    for form in '' --json; do
        expect 0 '' "$1 $form" bench "$2" --backend=timed ${form:+"$form"}
        verdict "$1 $form: nothing of the device's times" "$(
            grep -i 'device ms\|device_ms": [0-9]\|own clock\|kernel' stdout)"
    done
}
without 'a backend without optional slots' plain
TIMED_FAULT=none
export TIMED_FAULT
without 'a backend that does not offer the extension' now

# refused FAULT WORDS
refused()
{
    TIMED_FAULT=$1
    expect 3 "$2" "a fault of the extension: $1" bench now --backend=timed
}
refused slot 'backend timed: timing a step: extension "resnet.profile/1": slot "entry" of its rn_p'
refused size 'the size of its rn_profile is 8, but should be '
refused start 'backend timed: timing a step: its clock stands still'
refused run 'launch 0 (pad) is said to be of run 100000, but there were 48'
refused order 'launch 0 (pad) is said to end before it starts'
TIMED_FAULT=name
expect 0 '"kernel": "???' 'a name that is no text' bench now --backend=timed --json
unset TIMED_FAULT
finish
