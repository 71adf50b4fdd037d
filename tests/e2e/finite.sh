#!/bin/sh
# finite.sh: infinite and NaN values are rejected by name, and never saved or printed as results.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'values that are not finite'
expect 0 '' 'a run' "$run" train "$net" --quiet --set=train.epochs=1 --output=good

# Overwrites each value of a tensor of FILE with four bytes, given as octal escapes.
poke()
{
    length=$(od -An -tu8 -N8 "$1" | tr -d ' ')
    offsets=$(head -c $((length + 8)) "$1" | tail -c "$length" |
        sed "s/.*\"$2\":{[^}]*\"data_offsets\":\[\([0-9]*\),\([0-9]*\)\].*/\1 \2/")
    begin=${offsets% *} end=${offsets#* }
    for _ in $(seq $(((end - begin) / 4))); do
        printf '%b' "$3"
    done | dd of="$1" bs=1 seek=$((length + 8 + begin)) conv=notrunc 2>/dev/null
}

nan='\0000\0000\0300\0177' infinity='\0000\0000\0200\0177'
minus_one='\0000\0000\0200\0277' huge='\0377\0377\0177\0177'

# with TENSOR BYTES: writes changed.safetensors, the weights of the run with these values.
with()
{
    cp good/model.safetensors changed.safetensors
    poke changed.safetensors "$1" "$2"
}

for backend in reference cpu_blas onednn; do
    [ -f "$builddir/.libs/$backend.so" ] || { skip "on $backend" 'not built'; continue; }
    set -- "$net" --weights=changed.safetensors --backend=$backend
    for tensor in conv1.weight fc.bias bn1.running_mean; do
        with $tensor "$nan"
        expect 4 "tensor \"$tensor\" holds values that are infinite or NaN" \
            "eval with NaN in $tensor on $backend" "$run" eval "$@" --json
    done
    verdict "nothing is printed as a result on $backend" "$(cat stdout)"
    with fc.weight "$infinity"
    expect 4 '"fc.weight"' "predict with an infinite weight on $backend" "$run" predict "$@" --json
    verdict "nothing is printed as a prediction on $backend" "$(cat stdout)"
    with bn1.running_var "$minus_one"
    expect 4 '"bn1.running_var" holds the variance -1' "a negative variance on $backend" \
        "$run" eval "$@"

    # Finite weights whose results are not finite.
    with fc.weight "$huge"
    expect 5 'the first layer that is not is "fc" (linear)' "eval that overflows on $backend" \
        "$run" eval "$@" --json
    verdict "no loss is printed on $backend" "$(cat stdout)"
    expect 5 'a probability is not finite; the first layer that is not is "fc"' \
        "predict that overflows on $backend" "$run" predict "$@" --json
    verdict "no probability is printed on $backend" "$(cat stdout)"
done

cp -r good resumed
poke resumed/checkpoint.safetensors fc.weight.velocity "$infinity"
expect 4 '"fc.weight.velocity"' 'resuming with an infinite velocity' \
    "$run" train "$net" --quiet --output=resumed --resume --set=train.epochs=2

# Averages that overflow beside weights that do not.
expect 0 '' 'a run with averages' \
    "$run" train "$net" --quiet --output=averaged --set=train.epochs=1 \
    --set=train.ema_decay=0.999999
poke averaged/checkpoint.safetensors fc.weight.average "$huge"
expect 5 'validation of epoch 2: the loss is not finite; the first layer that is not is "fc"' \
    'the averages are looked at where it is they that diverge' \
    "$run" train "$net" --quiet --output=averaged --resume --set=train.epochs=2 \
    --set=train.ema_decay=0.999999

# The epoch was saved and the run stopped before validation; there is one checkpoint.
rm resumed/metrics.* resumed/model.safetensors
cp good/checkpoint.safetensors resumed
poke resumed/checkpoint.safetensors fc.weight "$huge"
cksum resumed/checkpoint.safetensors >before
expect 5 'validation of epoch 1' 'a resumed run whose validation diverges' \
    "$run" train "$net" --quiet --output=resumed --resume --set=train.epochs=2
cksum resumed/checkpoint.safetensors >after
verdict 'its only checkpoint stays' "$(diff before after)"

# Steps with a finite loss that leave tensors, or only the validation loss, not finite.
: >said
for step in 1 2 3 4 5 6; do
    rm -rf diverging
    cp -r good diverging
    contents diverging/checkpoint.safetensors >before
    expect 5 'epoch 2' "diverging for $step steps" \
        "$run" train "$net" --quiet --output=diverging --resume --allow-changed \
        --set=train.epochs=2 --set=train.learning_rate=1e6 --set=train.schedule=constant \
        --set=train.max_steps=$((11 + step))
    cat stderr >>said
    contents diverging/checkpoint.safetensors >after
    verdict "the last good checkpoint is kept after $step steps" "$(
        diff before after | cut -c1-200)"
    verdict "and nothing else is left, $step" "$(
        ls -A diverging | grep -v -x -e checkpoint.safetensors -e model.safetensors \
            -e best.safetensors -e metrics.csv -e metrics.jsonl -e curve.svg -e training.html)"
done
verdict 'a tensor, a validation and a step were each the reason once' "$(
    grep -q 'was not saved' said && grep -q 'validation of epoch 2' said &&
        grep -q 'epoch 2, step' said || show said)"
expect 0 'top-1' 'the model can still be evaluated' "$run" eval "$net" --output=diverging
finish
