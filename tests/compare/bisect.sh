#!/bin/sh
# bisect.sh: each planted fault is reduced to one small operator, and its folder repeats it.
. "$srcdir/tests/e2e/e2e.sh"
export RESNET_PLUGIN_PATH="$builddir/.libs:$builddir/tests/compare/.libs"
export RESNET_RUN="$run"
small=$srcdir/share/models/fashion_mnist_small.cfg

if [ ! -f "$builddir/tests/compare/.libs/planted.so" ]; then
    skip 'faults are reduced to one operator' 'planted.so was not built'
    exit 77
fi

# most SHAPES: the largest dimension of "Operands  x (1, 2), y (3)".
most()
{
    sed -n 's/^Operands *//p' stdout | tr -c '0-9\n' '\n' | sort -n | tail -n 1
}

# reduces FAULT LAYER OPERATOR MOST [OPTION...]: bisect names the operator, and no dimension of it
# is above MOST; `run` repeats the fault with this backend, and not with others.
reduces()
{
    fault=$1 layer=$2 operator=$3 largest=$4
    shift 4
    expect 1 "$operator of $layer is wrong by itself" "$fault is found in $layer" \
        "$run" bisect "$small" --backend="planted:$fault" --output="$fault" --max-time=1m "$@"
    verdict "$fault is small" "$([ "$(most)" -le "$largest" ] || show stdout)"
    expect 1 'the fault of' "$fault is repeated by its folder" "$fault/run"
    expect 0 'is right in' "$fault is not there on cpu_blas" \
        "$fault/run" --backend=cpu_blas
}

expect 0 'each of the' 'nothing is found on cpu_blas' \
    "$run" bisect "$small" --backend=cpu_blas --batch=2 --output=none
verdict 'nothing is written then' "$([ ! -e none ] || ls none)"
reduces border conv1 conv2d 3 --batch=2 --phase=infer
reduces last_tile fc linear 10 --batch=2 --phase=infer
reduces stride_2 layer3.0.downsample.0 conv2d_grad_weight 2 --batch=2
reduces large_batch layer2.0.relu2.gradient_sum add 5 --batch=8
reduces race layer3.0.downsample.0 conv2d_grad_input 2 --batch=2 --repeat=30
reduces nan bn1 batch_norm 2 --batch=2
reduces no_velocity fc.bias sgd 1 --batch=2
reduces beyond fc linear 1 --batch=2
reduces bf16 conv1 conv2d 8 --batch=2

is_json 'operator.json is JSON' race/operator.json
expect 0 'multiply-adds' 'operator.cfg is a cfg' "$run" summary border/operator.cfg \
    --backend=reference
expect 1 'is wrong by itself' 'bisect --json' "$run" bisect "$small" --backend=planted:beyond \
    --batch=2 --phase=infer --output=json --json
is_json 'bisect --json is JSON' stdout

# Another case than bisect has written is refused before a backend sees it.
refused()
{
    what=$1 words=$2
    shift 2
    rm -rf broken && cp -r border broken
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
rm -rf broken && cp -r border broken && cp last_tile/tensors.safetensors broken/
expect 4 '' 'tensors of another operator' broken/run
expect 2 '--replay is for bisect' 'replay is an option of bisect alone' \
    "$run" summary "$small" --replay=broken
finish
