#!/bin/sh
# failures.sh: each failure gives one clear line and the right exit status.
. "$srcdir/tests/e2e/e2e.sh"
summary="$run summary $net"

expect 2 'no cfg' 'no arguments' "$run"
expect 2 'missing.cfg' 'a cfg that is not there' "$run" summary missing.cfg
expect 2 'did you mean --backend' 'an unknown option' "$run" --bakend=reference summary "$net"
expect 2 'did you mean the command "train"' 'an unknown command' "$run" trian "$net"
expect 2 '--threads needs a value' 'an option without its value' "$run" "$net" --threads
expect 2 'takes no value' 'a flag with a value' "$run" --json=1 "$net"
expect 2 'did you mean "epochs"' 'a setting of an unknown key' $summary --set train.epohcs=3
expect 2 'threads: found -1' 'a setting out of range' $summary --threads=-1
expect 2 'at least two backends' 'compare with one backend' \
    "$run" compare "$net" --backends=reference
expect 2 'takes 8 at most, found 9' 'compare with too many backends' \
    "$run" compare "$net" --backends=a,b,c,d,e,f,g,h,i
expect 2 '--steps is for compare, bench, not for train' 'an option of another command' \
    "$run" train "$net" --steps=8
expect 2 'products for each element' 'a network that no machine computes' $summary --set \
    'network.layers=({stage="s";block="conv2d";repeat=4;channels=1048576;kernel=[1024,1023];
    same_padding=true;},
    {block="flatten";},{block="linear";})'
expect 3 'no plugin "cpu_blsa"' 'an unknown backend' $summary --backend=cpu_blsa
expect 3 'residual' 'a plugin that is no backend' $summary --backend=residual
expect 3 'fp32' 'a precision that the backend lacks' $summary --backend=reference --precision=fp16
expect 3 'no plugin "nowhere"' 'an unknown plugin of blocks' $summary \
    --set 'network.layers=({block="nowhere/block";},{block="flatten";},{block="linear";})'
if [ -e /dev/full ]; then
    expect 4 'standard output' 'a full disk behind standard output' \
        sh -c '"$0" summary "$1" >/dev/full' "$run" "$net"
fi

expect 4 'nowhere' 'a folder without the data' \
    "$run" train "$net" --quiet --set data.path="$work/nowhere"

need_data 'failures of training'
: >file
expect 4 'file' 'a folder that cannot be made' "$run" train "$net" --quiet --output=file/folder
expect 4 'no trained weights' 'evaluation before training' "$run" eval "$net" --output=never
expect 0 '' 'a run that goes well' "$run" train "$net" --quiet --output=good --set=train.epochs=1
results good >before
expect 4 'not a file of weights' 'weights that are no weights' \
    "$run" eval "$net" --weights="$net"
expect 4 'conv1.weight' 'weights of another network' "$run" eval "$net" \
    --weights=good/model.safetensors --set 'network.layers=(
        {block="conv2d";name="conv1";channels=4;kernel=3;},{block="flatten";},
        {block="linear";})'
head -c 10000 good/model.safetensors >cut.safetensors
expect 4 'cut.safetensors' 'weights that were cut' "$run" eval "$net" --weights=cut.safetensors

# Images of one pixel at the batch norm: a batch of one has no variance.
one_pixel()
{
    "$run" train "$net" --quiet --output=pixel --set=train.epochs=1 --set=train.batch=4 \
        --set=data.train_limit=9 --set 'network.layers=(
            {block="conv2d";name="conv1";channels=4;kernel=16;},{block="batch_norm";name="bn1";},
            {block="flatten";},{block="linear";})' "$@"
}
expect 2 'bn1: a batch of one image' 'a last batch of one image' one_pixel
verdict 'the remedy is named' "$(grep -q 'train.drop_last = true' stderr || show stderr)"
expect 0 '' 'which is left out' one_pixel --set=train.drop_last=true

# SIGXFSZ is ignored, so that a file that grows too large fails like a full disk.
full_disk()
{
    (
        trap '' XFSZ
        ulimit -f 16
        "$run" train "$net" --quiet --output=good "$@"
    )
}
expect 4 'good/' 'a disk that fills up while the checkpoint is written' full_disk --resume \
    --set=train.epochs=2
expect 0 '' 'the checkpoint before it is still good' \
    "$run" train "$net" --quiet --output=good --resume --set=train.epochs=2
verdict 'no half-written file remains' "$(
    ls good | grep -v -e metrics -e curve -e training -e '\.safetensors$')"

data=/usr/share/datasets/fashion-mnist
if [ -d "$data" ]; then
    mkdir cut
    ln -s "$data"/* cut
    images=train-images-idx3-ubyte.gz
    bytes=$(wc -c <"$data/$images")
    for kept in 1000000 $((bytes - 4)); do
        rm "cut/$images"
        head -c $kept "$data/$images" >"cut/$images"
        expect 4 "cut/$images: truncated: its gzip data ends" "a data file cut to $kept bytes" \
            "$run" train "$net" --quiet --set=data.path=cut --set=data.train_limit=0
    done
else
    skip 'a data file that was cut' "$data is not there"
fi

# Divergence, with the largest rate that a cfg may have.
expect 0 '' 'an epoch before everything goes wrong' \
    "$run" train "$net" --quiet --output=diverging --set=train.epochs=1
contents diverging/checkpoint.safetensors >before
expect 5 'not finite' 'a loss that diverges' \
    "$run" train "$net" --quiet --output=diverging --resume --allow-changed \
    --set=train.epochs=20 --set=train.learning_rate=1e6 --set=train.schedule=constant
verdict 'the first layer that is not finite is named, and what to do' "$(
    grep -q -e 'layer that is not is "' -e 'is in parameter "' stderr &&
        grep -q 'lower train.learning_rate' stderr || show stderr)"
contents diverging/checkpoint.safetensors >after
verdict 'the last good checkpoint stays' "$(diff before after | head -n 5)"
expect 0 'top-1' 'its weights can be evaluated' "$run" eval "$net" --output=diverging

# Enough layers that one step, whose loss is finite, makes the following ones overflow.
layers='{block="flatten";}'
for i in 1 2 3 4 5 6 7 8 9 10; do
    for part in a b c; do
        layers="$layers,{block=\"linear\";name=\"fc$i$part\";units=10;}"
    done
done
expect 5 'validation of epoch 1: the loss is not finite' 'a validation loss that is not finite' \
    "$run" train "$net" --quiet --output=overflow --set="network.layers=($layers)" \
    --set=data.mean=0.29 --set=data.std=0.35 --set=train.learning_rate=1e6 \
    --set=train.schedule=constant --set=train.max_steps=1
verdict 'no checkpoint is written then' "$(ls overflow | grep safetensors)"
finish
