#!/bin/sh
# bisect.sh: each planted fault is reduced to one small operator, and its folder repeats it.
. "$srcdir/tests/e2e/e2e.sh"
mutants=$builddir/tests/compare/.libs
nets=$srcdir/tests/compare/nets
export RESNET_PLUGIN_PATH="$mutants:$builddir/.libs" RESNET_RUN="$run"

# most SHAPES: the largest dimension of "Operands  x (1, 2), y (3)".
most()
{
    sed -n 's/^Operands *//p' stdout | tr -c '0-9\n' '\n' | sort -n | tail -n 1
}

# reduces NET FAULT LAYER OPERATOR MOST [OPTION...]: bisect names the operator, and no dimension of
# it is above MOST; `run` repeats the fault with this backend, and not with another.
reduces()
{
    net=$1 fault=$2 layer=$3 operator=$4 largest=$5 what="$1: $2"
    shift 5
    rm -rf "$fault"
    expect 1 "$operator of $layer is wrong by itself" "$what is found in $layer" \
        "$run" bisect "$nets/$net.cfg" --backend="mutant:$fault@$layer" --output="$fault" \
        --batch=2 --threads=1 --max-time=1m "$@"
    verdict "$what is small" "$([ "$(most)" -le "$largest" ] || show stdout)"
    expect 1 'the fault of' "$what is repeated by its folder" "$fault/run"
    expect 0 'is right in' "$what is not there on cpu_blas" "$fault/run" --backend=cpu_blas
}

# faults NET CONVOLUTION NORM: the last two are layers; the convolution's stride is 2.
faults()
{
    net=$1 conv=$2 norm=$3
    # Its gradient is no part of a sum, which is another operator.
    inner=${conv%conv?}conv2
    reduces "$net" tf32 "$conv" conv2d 8
    reduces "$net" bf16_sums "$conv" conv2d 8
    reduces "$net" padding "$conv" conv2d 6
    reduces "$net" nan "$conv" conv2d 6
    reduces "$net" bias fc linear 2
    reduces "$net" beyond fc linear 2
    reduces "$net" stale_variance "$norm" batch_norm 8
    reduces "$net" stride "$conv" conv2d_grad_weight 6
    reduces "$net" pool_index pool1.max_pool max_pool 6
    reduces "$net" decay_dropped "$conv.weight" sgd 1
    reduces "$net" race "$conv" conv2d 6 --repeat=40
    reduces "$net" batch "$conv" conv2d_grad_weight 33 --batch=34
    is_long || return
    reduces "$net" fp16 "$conv" conv2d 8
    reduces "$net" bf16 "$conv" conv2d 8
    reduces "$net" tf32_cut "$conv" conv2d 8
    reduces "$net" tf32_input_gradient "$inner" conv2d_grad_input 8
    reduces "$net" tf32_weight_gradient "$conv" conv2d_grad_weight 8
    reduces "$net" tf32_linear fc linear 8
    reduces "$net" epsilon "$norm" batch_norm 4
    reduces "$net" biased_variance "$norm" batch_norm 4
    reduces "$net" norm_gradient "$norm" batch_norm_grad 4
    reduces "$net" inf "$inner" conv2d_grad_input 6
    reduces "$net" tile "$conv" conv2d_grad_weight 6
    reduces "$net" transposed fc linear_grad_weight 4
    reduces "$net" average pool2.avg_pool avg_pool 6
    reduces "$net" dropout_seed drop.dropout dropout 8
    reduces "$net" loss_scale loss softmax_cross_entropy_grad 4
    reduces "$net" momentum_forgotten "$conv.weight" sgd 2
    reduces "$net" momentum_tf "$conv.weight" sgd 2
}

expect 0 'each of the' 'nothing is found on cpu_blas' \
    "$run" bisect "$nets/grouped.cfg" --backend=cpu_blas --batch=2 --output=none
verdict 'nothing is written then' "$([ ! -e none ] || ls none)"
faults plain layer2.0.conv1 layer1.0.bn1
! is_long || faults grouped layer2.0.conv2 layer1.0.bn2
reduces grouped groups layer2.0.conv2 conv2d 6

is_json 'operator.json is JSON' race/operator.json
expect 0 'multiply-adds' 'operator.cfg is a cfg' "$run" summary padding/operator.cfg \
    --backend=reference
expect 2 'operators, each of them right by itself; give more time' \
    'the search ends with its time' \
    "$run" bisect "$nets/plain.cfg" --backend=mutant:beyond@fc --batch=2 \
    --max-time=1s --repeat=65536
expect 1 'is wrong by itself' 'bisect --json' "$run" bisect "$nets/plain.cfg" \
    --backend=mutant:beyond --batch=2 --phase=infer --output=json --json
is_json 'bisect --json is JSON' stdout

# Another case than bisect has written is refused before a backend sees it.
refused()
{
    what=$1 words=$2
    shift 2
    rm -rf broken && cp -r padding broken
    "$@" broken/operator.json
    expect 4 "$words" "$what" broken/run
}
refused 'an unknown operator' '"operator" or "layer" is missing' sed -i 's/"conv2d"/"conv3d"/'
refused 'another schema' 'expected "schema": 1' sed -i 's/"schema": 1/"schema": 7/'
refused 'attributes that do not fit' 'do not fit to the shapes' \
    sed -i 's/"channels": 1,/"channels": 5,/'
refused 'attributes out of range' 'attribute "groups"' sed -i 's/"groups": 1/"groups": 0/'
refused 'no JSON' 'operator.json:2:' sh -c 'echo "{" >"$0"'
rm broken/operator.json
expect 4 'operator.json' 'no operator.json' broken/run
rm -rf broken && cp -r padding broken && cp beyond/tensors.safetensors broken/
expect 4 '' 'tensors of another operator' broken/run
expect 2 '--replay is for bisect' 'replay is an option of bisect alone' \
    "$run" summary "$nets/plain.cfg" --replay=broken
finish
