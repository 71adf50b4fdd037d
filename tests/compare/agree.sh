#!/bin/sh
# agree.sh: all shipped networks, on small images, on all backends that are here: what compare says
# of the forward pass, of a training step and, of small networks, of the losses of 20 steps. opencl
# is PoCL, as the processor that it is and as if it were a GPU; cudnn has the stand-ins for NVIDIA's
# libraries. Prints a table: a line for each family. Without AGREE_ALL=1, which takes about an hour,
# it is that of the smallest network, without the 20 steps.
. "$srcdir/tests/e2e/e2e.sh"

# is_here NAME: may this backend run?
is_here()
{
    if [ ! -f "$builddir/.libs/$1.so" ]; then
        skip "$1 agrees" "$1.so was not built (see configure)"
    elif [ "$1" = cudnn ] && [ ! -f "$builddir/tests/cudasim/lib/libcudasim.so" ]; then
        skip 'cudnn agrees' 'the stand-ins were not built (see configure)'
    elif [ "$1" = cudnn ] && [ -n "${SANITIZE:-}" ]; then
        skip 'cudnn agrees' 'the stand-ins protect memory in their own way'
    elif [ "$1" = opencl ] &&
        ! "$builddir/resnet-plugin" info opencl | grep -q '^ *opencl:0: '; then
        skip 'opencl agrees' 'there is no device (see resnet-plugin info opencl)'
    else
        return 0
    fi
    return 1
}

# From the least to the largest difference; empty: none of these.
rank()
{
    case $1 in
        'equal bits') echo 1 ;;
        'equal to rounding' | 'trains as the reference does, within what other seeds do') echo 2 ;;
        'differs where relu or a pool switches, harmless') echo 3 ;;
    esac
}

# judge COLUMN BACKEND: one result from what compare has printed. Keeps the largest difference.
judge()
{
    found=$(sed -n "s/^  $2  *//p" stdout | head -n 1)
    found=${found:-$(cat stderr)}
    verdict "$cfg, $phase: $1: $found" "$([ -n "$(rank "$found")" ] || cat stderr)"
    before=$(cat "said.$1" 2>/dev/null)
    if [ -z "$before" ] || [ "$(rank "$before")" -lt "$(rank "$found")" ]; then
        echo "$found" >"said.$1"
    fi
}

# compare SIDES OPTION...: of $cfg in $phase.
compare()
{
    sides=$1
    shift
    on cudnn $double_of_gpu "$run" compare "$srcdir/share/models/$cfg.cfg" --no-speed --batch=2 \
        --phase="$phase" --backends="$sides" "$@" >stdout 2>stderr
}

# agree OPTION...: of $cfg in $phase, one result for each column.
agree()
{
    others=$(echo "$backends" | sed "s/ $first\\>//")
    compare "$first$(printf ',%s' $others)" "$@"
    for name in $others; do judge "$name" "$name"; done
    [ -n "$as_gpu" ] || return 0
    double_of_gpu="env LD_PRELOAD=$double OPENCL_DOUBLE=type=gpu"
    compare "$first,opencl" "$@"
    double_of_gpu=
    judge "$as_gpu" opencl
}

# family TITLE PHASES CFG[:SIZE]...: networks, on images of SIZE x SIZE where it is given.
family()
{
    title=$1 phases=$2
    shift 2
    rm -f said.*
    echo 'the reference' >"said.$first"
    for member; do
        cfg=${member%:*} size=
        [ "$cfg" = "$member" ] || size=${member#*:}
        for phase in $phases; do
            steps=
            [ "$phase" != train ] || steps=--steps=20
            agree $steps ${size:+--set=network.input.height=$size} \
                ${size:+--set=network.input.width=$size}
        done
    done
    echo "| $title |$(for name in $columns; do printf ' %s |' "$(cat "said.$name")"; done)" >>table
}

backends= as_gpu= double_of_gpu=
for name in cpu_blas onednn opencl cudnn; do
    ! is_here $name || backends="$backends $name"
done
case $backends in
    *opencl*) [ -n "${SANITIZE:-}" ] || as_gpu=opencl-as-gpu ;;
esac
[ -z "$as_gpu" ] || . "$srcdir/tests/backends/opencl/double.sh"
columns="$backends $as_gpu"
{
    echo "| networks |$(printf ' %s |' $columns)"
    echo "|---|$(printf -- '---|%.0s' $columns)"
} >table

once='infer train-step'
curves=$once
[ -z "${AGREE_ALL:-}" ] || curves="$once train"
first=reference
family 'Fashion-MNIST: `fashion_mnist_small`' "$curves" fashion_mnist_small
if [ -n "${AGREE_ALL:-}" ]; then
    family 'Fashion-MNIST: ResNet-12, ResNet-20, `finetune`' "$curves" fashion_resnet12 \
        fashion_resnet20 fashion_resnet20_erasing finetune
    family 'Fashion-MNIST: highway, ShiftNet' "$curves" fashion_highway fashion_shift
    family 'CIFAR ResNet-20' "$curves" cifar_resnet20
    # The reference's loops would take minutes for each of these.
    first=cpu_blas
    family 'CIFAR ResNet-32, 44, 56, 110' "$once" cifar_resnet32 cifar_resnet44 cifar_resnet56 \
        cifar_resnet110
    family 'CIFAR ResNeXt-29' "$once" cifar_resnext29
    family 'ResNet-18 of d2l.ai' "$once" d2l_resnet18_fashion_mnist:32
    family 'ResNet-18, 34, 50, 101, 152' "$once" resnet18:32 resnet34:32 resnet50:32 resnet101:32 \
        resnet152:32
    family 'pre-activation ResNet-18, 34, 50, 101, 152' "$once" preact_resnet18:32 \
        preact_resnet34:32 preact_resnet50:32 preact_resnet101:32 preact_resnet152:32
    family 'ResNeXt-50, ResNeXt-101, wide ResNet-50' "$once" resnext50_32x4d:32 \
        resnext101_32x8d:32 wide_resnet50_2:32
    family 'RegNetX, RegNetY' "$once" regnet_x_200mf:32 regnet_x_400mf:32 regnet_y_200mf:32 \
        regnet_y_400mf:32
    family 'SE-ResNet-50, ResNet-50-D' "$once" seresnet50:64 resnet50d:64
    family 'DenseNet-121, and of d2l.ai' "$once" densenet121:32 d2l_densenet_fashion_mnist:32
    family 'GoogLeNet, and of d2l.ai' "$once" googlenet:32 d2l_googlenet_fashion_mnist:32
    family 'VGG-11, VGG-16, and of d2l.ai' "$once" vgg11:32 vgg16:32 d2l_vgg11_fashion_mnist:32
fi
cat table
finish
