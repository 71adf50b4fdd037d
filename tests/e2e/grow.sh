#!/bin/sh
# grow.sh: a run whose network grows ends bit for bit alike wherever it was stopped; what it leaves
# is of the grown network; what cannot grow is refused before the first step; the command grow.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'growing'
net=$srcdir/tests/config/nets/grow.cfg

# 11 steps an epoch: in the first epoch, after it, and after each growth.
for backend in reference onednn cpu_blas; do
    [ -f "$builddir/.libs/$backend.so" ] || { skip "growing on $backend" 'not built'; continue; }
    rm -rf straight
    stops='11 22'
    [ $backend != cpu_blas ] && ! is_long || stops='5 11 12 22 30'
    # Another test may keep other choices of the clock for onednn between two of these starts.
    set -- --backend=$backend --threads=1 --tune=off
    expect 0 'layer1 grows: 2 blocks' "a run that grows on $backend" \
        "$run" train "$net" "$@" --output=straight
    for steps in $stops; do
        expect 0 '' "stopping after $steps steps on $backend" "$run" train "$net" "$@" \
            --set=train.max_steps=$steps --quiet --output=stopped
        expect 0 '' "resuming after $steps steps on $backend" \
            "$run" train "$net" "$@" --quiet --output=stopped --resume
        same_results straight stopped "the same results after $steps steps on $backend"
        rm -r stopped
    done
done
# The checkpoint tells from where the corrections of adamw count.
set -- --threads=1 --set=train.optimizer=adamw --set=train.learning_rate=0.003 --quiet
expect 0 '' 'a run that grows with adamw' "$run" train "$net" "$@" --output=counted
verdict 'its checkpoint has the updates before each growth' "$(
    contents counted/checkpoint.safetensors | grep -q '^"births":"11 22 22"' ||
        contents counted/checkpoint.safetensors | grep births)"
for steps in 11 12 30; do
    expect 0 '' "stopping after $steps steps of adamw" "$run" train "$net" "$@" \
        --set=train.max_steps=$steps --output=stopped
    expect 0 '' "resuming after $steps steps of adamw" \
        "$run" train "$net" "$@" --output=stopped --resume
    same_results counted stopped "the same results after $steps steps of adamw"
    rm -r stopped
done
cp -r counted broken
LC_ALL=C sed 's/"births":"11/"births":"99/' counted/checkpoint.safetensors \
    >broken/checkpoint.safetensors
expect 4 '"births" is "99 22 22", expected at most 64 numbers of updates, in order' \
    'updates that no run has are refused' \
    "$run" train "$net" "$@" --output=broken --resume --set=train.epochs=5
expect 0 'complete' 'a run that is complete stays so' \
    "$run" train "$net" --threads=1 --output=straight --resume
expect 4 'train.grow' 'resuming with another growth is refused' "$run" train "$net" --threads=1 \
    --output=straight --resume --set='train.grow=({epoch=1;stage="layer1";add=1;})'

expect 0 'top-1' 'eval by the cfg takes the grown network' \
    "$run" eval "$net" --threads=1 --output=straight
grep -E 'loss|top-1' stdout >by_cfg
expect 0 'top-1' 'eval by the weights' "$run" eval straight/model.safetensors --threads=1
verdict 'both are the same network' "$(grep -E 'loss|top-1' stdout | diff by_cfg - 2>&1)"
expect 0 '' 'convert takes the grown network' \
    "$run" convert "$net" grown.pth --output=straight --quiet

# Nothing is written before every network to come has been planned.
expect 2 'layer1.1 (residual/basic) does not add its unchanged input' \
    'a block that cannot be the identity is refused at once' "$run" train "$net" --output=never \
    --set='network.layers=({stage="layer1";block="residual/basic";channels=8;shortcut="C";},
        {block="global_avg_pool";},{block="flatten";},{block="linear";name="fc";})' \
    --set='train.grow=({epoch=3;stage="layer1";add=1;})'
expect 2 'resnet-run: --set: train.grow after epoch 3: ' \
    'a block without inner channels is refused at once' \
    "$run" train "$net" --output=never \
    --set='network.layers=({stage="layer1";block="residual";channels=8;use_1x1conv=true;},
        {block="global_avg_pool";},{block="flatten";},{block="linear";name="fc";})' \
    --set='train.grow=({epoch=3;stage="layer1";widen=2;})'
verdict 'they leave no folder' "$(ls -d never 2>/dev/null)"

# The command, from a run to a cfg.
cat >larger.cfg <<END
extends = "$net";
network = { layers = (
    { block = "conv2d"; name = "conv1"; channels = 8; kernel = 3; padding = 1; bias = true; },
    { block = "batch_norm"; name = "bn1"; },
    { block = "relu"; },
    { block = "max_pool"; kernel = 3; stride = 2; padding = 1; },
    { stage = "layer1"; block = "residual/basic"; channels = 8; repeat = 4; width_factor = 4.0; },
    { stage = "layer2"; block = "residual/basic"; channels = 16; repeat = 2; shortcut = "A";
      first = { stride = 2; }; },
    { block = "dropout"; rate = 0.3; },
    { block = "avg_pool"; kernel = 2; },
    { block = "flatten"; },
    { block = "dropout"; rate = 0.5; },
    { block = "linear"; name = "fc"; }
  ); };
train = { epochs = 1; grow = (); };
END
expect 0 'larger/grown.safetensors' 'the command grow' \
    "$run" grow straight larger.cfg --output=larger
expect 2 'it exists' 'it does not replace a file' "$run" grow straight larger.cfg --output=larger
expect 0 'grown' 'unless it is told to' \
    "$run" grow straight larger.cfg --output=larger --overwrite
expect 0 '' 'what it wrote can be trained' "$run" train larger.cfg --quiet --output=larger \
    --weights=larger/grown.safetensors
sed 's/kernel = 2/kernel = 2; stride = 1/' larger.cfg >other.cfg
expect 2 '' 'a network that differs otherwise is refused' \
    "$run" grow straight other.cfg --output=other
pool='{ block = "avg_pool"; kernel = 3; stride = 1; padding = 1; }'
sed "s/stride = 2; padding = 1; }/&, $pool/" larger.cfg >other.cfg
expect 1 'the networks differ by more than the growth' \
    'layers without weights count, too' "$run" grow straight other.cfg --output=other
expect 2 'expected more; raise the repeat or the width_factor' 'an equal network is refused' \
    "$run" grow larger/model.safetensors larger.cfg --output=other
expect 2 'has no "layer1.1.conv1.weight"' 'a smaller network is refused' \
    "$run" grow straight "$srcdir/tests/config/nets/dropout.cfg" --output=other
expect 2 'expected the folder of a run' 'a cfg is no trained network' \
    "$run" grow larger.cfg larger.cfg --output=other
expect 2 'LARGER.cfg' 'without a second operand it says what to do' "$run" grow straight
verdict 'refusals leave no folder' "$(ls -d other 2>/dev/null)"
finish
