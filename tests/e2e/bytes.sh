#!/bin/sh
# bytes.sh: training, evaluating and predicting from the bytes of pictures gives the bits that their
# numbers give. A transform of numbers that never does anything asks for these.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'training on bytes'

resize='{ transform = "resize"; size = 16; }'
changes="$resize, "'{ transform = "random_crop"; padding = 2; }, { transform = "horizontal_flip"; }'
idle='{ transform = "normalise"; }, { transform = "random_erasing"; probability = 0.0; }'
scale='--set=data.mean=0.2860 --set=data.std=0.3530'
set -- $scale --set=train.epochs=1 --verbose=2

# train ON FOLDER TRAINED EVALUATED OPTION...: with these lists of transforms.
train()
{
    backend=$1 folder=$2 trained=$3 evaluated=$4
    shift 4
    on "$backend" "$run" train "$net" --quiet --backend="$backend" --tune=off --output="$folder" \
        "--set=data.transforms.train=($trained)" "--set=data.transforms.validation=($evaluated)" \
        "$@"
}

for backend in cpu_blas onednn cudnn; do
    [ -f "$builddir/.libs/$backend.so" ] || continue
    rm -rf bytes numbers
    if [ "$backend" = cudnn ]; then
        [ -f "$builddir/tests/cudasim/lib/libcudasim.so" ] || continue
        set -- "$@" --set=data.train_limit=70 --set=data.validation_limit=40
    fi
    expect 0 '' "$backend on bytes" train "$backend" bytes "$changes" "$resize" "$@"
    verdict "$backend makes images of bytes" "$(
        for pass in training evaluation; do
            grep -q "build: $pass, batch [0-9]* of bytes" stderr || echo "not in $pass"
        done)"
    expect 0 '' "$backend on numbers" train "$backend" numbers "$changes, $idle" \
        "$resize, $idle" "$@"
    verdict "$backend is given images" "$(grep 'of bytes' stderr)"
    verdict "$backend: the same losses" "$(losses bytes >one; losses numbers >two
        [ -s one ] || echo none
        diff one two)"
    verdict "$backend: the same weights" "$(same_tensors bytes/model.safetensors \
        numbers/model.safetensors)"
done

# predict OPTION...
predict()
{
    "$run" predict "$net" --weights=bytes/model.safetensors --format=csv $scale \
        --verbose=2 "$@"
}
expect 0 '' 'predicting from bytes' predict
verdict 'prediction makes images of bytes' "$(grep -q 'build: prediction.* of bytes' stderr ||
    echo 'not in prediction')"
cp stdout of_bytes
expect 0 '' 'predicting from numbers' predict \
    "--set=data.transforms.validation=($resize, $idle)"
verdict 'the same predictions' "$(grep 'of bytes' stderr; diff of_bytes stdout)"
finish
