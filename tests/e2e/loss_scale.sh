#!/bin/sh
# loss_scale.sh: the commands in half precision, on a backend whose gradients overflow (half.c).
. "$srcdir/tests/e2e/e2e.sh"
half()
{
    command=$1
    shift
    "$run" "$command" "$net" --plugin-path="$builddir/tests/backends/.libs" "$@"
}
fp16() { half "$@" --backend=half --precision=fp16; }

expect 0 'check_finite' 'summary in fp16' fp16 summary --algorithms
expect 0 'check_finite' 'bench in fp16' fp16 bench --batch=4 --steps=2
expect 0 'half, precision=fp16' 'compare in fp16' \
    half compare --precision=fp16 --backends=reference,half
expect 1 'half, precision=fp16: ' 'fp16 is not within a limit of fp32' \
    half compare --precision=fp16 --backends=reference,half --limit=1e-6

need_data 'training in fp16'
train() { fp16 train --quiet "$@"; }
same_model()
{
    cut -d, -f1-7 "$1/metrics.csv" >one
    cut -d, -f1-7 "$2/metrics.csv" >two
    verdict "$3" "$(diff one two; same_tensors "$1/model.safetensors" "$2/model.safetensors")"
}

# scale_is FOLDER SCALE GOOD_STEPS WHAT; empty numbers: the checkpoint has none.
scale_is()
{
    wanted="\"loss_scale\":\"$2\" \"good_steps\":\"$3\" "
    [ -n "$2" ] || wanted=
    found=$(contents "$1/checkpoint.safetensors" | tr -d '{} ' |
        grep -ao '"\(loss_scale\|good_steps\)":"[^"]*"' | tr '\n' ' ')
    verdict "$4" "$([ "$found" = "$wanted" ] || echo "found $found, not $wanted")"
}

expect 0 '' 'training without a scale' half train --quiet --backend=reference --output=plain
scale_is plain '' '' 'the checkpoint of fp32 has no scale'
expect 0 '' 'training with a scale, nothing rounded' train --backend=half:exact --output=exact
scale_is exact 65536 33 'all steps were good'
same_model plain exact 'the scale changes no bit'

# With two images the gradients are larger than with 32.
few='--set=train.batch=2 --set=data.train_limit=40 --set=train.learning_rate=0.01'
# shellcheck disable=SC2086 # several options
few() { train $few "$@"; }
expect 0 '' 'training with overflows' few --output=straight --verbose
verdict 'every step that is skipped is said with --verbose' "$(
    [ "$(grep -c 'a gradient was not finite; the loss is scaled by [0-9]* now' stderr)" = 3 ] ||
        cat stderr)"
scale_is straight 8192 57 'three of sixty steps were skipped'
for steps in 1 2 3 30; do
    expect 0 '' "stopping after $steps steps" \
        few --output=stopped --set=train.max_steps=$steps
    expect 0 '' "resuming after $steps steps" few --output=stopped --resume
    same_results straight stopped "the same results after $steps steps"
    rm -r stopped
done

expect 0 '' 'a run in fp32, stopped' \
    half train --quiet --backend=reference --output=plain --overwrite \
    --set=train.max_steps=12
expect 0 '' 'it goes on in fp16' train --output=plain --resume
scale_is plain 65536 21 'with a scale that starts there'
expect 5 'epoch 1, step 31: a gradient is not finite in half precision' \
    'gradients that overflow with any scale' \
    train --backend=half:overflows --output=never --set=data.mean=0.29 --set=data.std=0.35 \
    --set=train.batch=8
finish
