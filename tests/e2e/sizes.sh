#!/bin/sh
# sizes.sh: training on pictures that grow (train.sizes): resumed bit for bit, with a cache and
# without, and refused where the network cannot have it.
. "$srcdir/tests/e2e/e2e.sh"

cat >pooled.cfg <<'END'
network = {
  input = { channels = 1; height = 16; width = 16; };
  classes = 10;
  layers = (
    { block = "conv2d"; name = "conv1"; channels = 8; kernel = 3; padding = 1; },
    { block = "batch_norm"; name = "bn1"; },
    { block = "relu"; },
    { stage = "layer1"; block = "residual/basic"; channels = 8; first = { stride = 2; }; },
    { block = "global_avg_pool"; },
    { block = "flatten"; },
    { block = "linear"; name = "fc"; }
  );
};
run = { seed = 7; };
data = {
  train_limit = 330; validation_limit = 100;
  transforms = { train = ( { transform = "resize"; size = 18; },
                           { transform = "random_crop"; padding = 1; },
                           { transform = "mixup"; } );
                 validation = ( { transform = "resize"; size = 16; } ); };
};
train = {
  epochs = 3; batch = 32; learning_rate = 0.05; momentum = 0.9;
  sizes = ( { epoch = 0; size = 8; }, { epoch = 1; size = [ 12, 10 ]; },
            { epoch = 2; size = 16; } );
};
END

small='--set=train.sizes=({epoch=0;size=1;})'
expect 2 'train.sizes: "fc.weight" is' 'a linear layer that depends on the size' \
    "$run" train "$net" --dry-run '--set=train.sizes=({epoch=0;size=8;})' --output=refused
expect 2 'train.sizes, 1x1' 'a size that the network cannot have' \
    "$run" train "$net" --dry-run "$small" --output=refused
verdict 'nothing was written' "$(ls -d refused 2>/dev/null)"

need_data 'growing pictures'

expect 0 '' 'training on growing pictures' "$run" train pooled.cfg --quiet --verbose \
    --output=straight
verdict 'the sizes of the epochs' "$(
    for size in 8x8 12x10 16x16; do grep -q "pictures of $size" stderr || echo "no $size"; done)"
steps=$(tail -n +2 straight/metrics.csv | head -n 1 | cut -d, -f2)
start=
for most in $((steps / 2)) $steps $((steps + 3)) 0; do
    expect 0 '' "training up to step $most" "$run" train pooled.cfg $start --quiet \
        --set=train.max_steps=$most --output=stopped
    start=--resume
done
same_results straight stopped 'growing pictures are resumed'
expect 0 '' 'training from a cache' "$run" train pooled.cfg --quiet --set=data.cache=memory \
    --output=cached
same_results straight cached 'a cache changes nothing'
expect 4 'train.sizes' 'other sizes are refused on resume' "$run" train pooled.cfg --quiet \
    --resume '--set=train.sizes=({epoch=0;size=8;})' --output=stopped

# With gradients that are summed over batches, and an average of the weights.
set -- --quiet --set=train.accumulate=3 --set=train.ema_decay=0.9
expect 0 '' 'growing pictures with sums and averages' "$run" train pooled.cfg "$@" --output=summed
expect 0 '' 'the same, stopped' "$run" train pooled.cfg "$@" --set=train.max_steps=6 --output=again
expect 0 '' 'and resumed' "$run" train pooled.cfg "$@" --output=again --resume
same_results summed again 'growing pictures with sums and averages are resumed'
expect 0 '' 'a size that comes again' "$run" train pooled.cfg "$@" --dry-run --verbose=2 \
    --output=repeated '--set=train.sizes=({epoch=0;size=8;},{epoch=1;size=16;},{epoch=2;size=8;})'
verdict 'is planned once' "$([ "$(grep -c 'training without an update' stderr)" = 2 ] ||
    grep 'training without an update' stderr)"

# One size that is the network's is as none.
expect 0 '' 'training with the size of the network' "$run" train pooled.cfg --quiet \
    '--set=train.sizes=({epoch=0;size=16;})' --output=single
sed '/^  sizes/,/);$/d' pooled.cfg >without.cfg
expect 0 '' 'training without sizes' "$run" train without.cfg --quiet --output=none
verdict 'one size is as none' "$(same_tensors single/model.safetensors none/model.safetensors)"
layers='({block="conv2d";name="conv1";channels=4;kernel=3;},{block="global_avg_pool";},
    {block="flatten";},{block="linear";name="fc";})'
expect 5 'not finite' 'a step on small pictures that fails is looked into' "$run" train pooled.cfg \
    --quiet --set=train.learning_rate=1e6 "--set=network.layers=$layers" --output=failed
verdict 'the layer is named' "$(grep -q 'first' stderr || cat stderr)"
