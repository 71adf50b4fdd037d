#!/bin/sh
# published.sh: the published CIFAR-10 networks on the 10,000 test images: PyTorch's top-1, its
# prediction for each image, its logits of every hundredth. They lie in $RESNET_CIFAR10. The short
# check gives all images to the first backend alone, the others every hundredth. The oracle and the
# stand-in for cudnn get no more in the long one: they are slow.
origin=$(pwd)
. "$srcdir/tests/e2e/e2e.sh"
cifar=${RESNET_CIFAR10:-$srcdir/../shared/cifar10}
case $cifar in /*) ;; *) cifar=$origin/$cifar ;; esac
if [ ! -f "$cifar/test-jpeg.tar" ]; then
    skip 'published networks' "$cifar/test-jpeg.tar is not there; set RESNET_CIFAR10 to its folder"
    exit 77
elif ! command -v python3 >/dev/null; then
    skip 'published networks' 'there is no python3 to read what they predict'
    exit 77
fi
tar -xf "$cifar/test-jpeg.tar" || exit 1
find test -name '*.jpg' | LC_ALL=C sort >all
awk 'NR % 100 == 1' all >hundredths

# predict BACKEND LIST OPTION: the network is the one that the weights tell.
predict()
{
    on "$1" "$run" predict "$weights" --backend="$1" "@$2" >stdout 2>stderr --format=csv --top=1 \
        --save=y.safetensors "$3"
}

# differs BACKEND LIST: what is other than PyTorch's; the top-1 is in `found`.
differs()
{
    predict "$1" "$2" --quiet || { tail -n 3 stderr; return; }
    python3 "$srcdir/tests/e2e/tensors.py" published y.safetensors \
        "$cifar/resnet$depth-reference.safetensors" all 1e-4 >found
    grep -v '^top1' found | head -n 5
}

for depth in 20 56; do
    case $depth in 20) top1=0.8103 ;; 56) top1=0.8320 ;; esac
    weights=$(echo "$cifar/resnet$depth"-*.th)
    is_first=true
    for backend in onednn cpu_blas opencl reference cudnn; do
        what="ResNet-$depth on $backend"
        predict $backend hundredths --dry-run
        if [ $? = 3 ]; then
            skip "$what" "$(tail -n 1 stderr)"
            continue
        fi
        share=hundredths
        case $backend in
            reference | cudnn) ;;
            *) if $is_first || is_long; then share=all; fi ;;
        esac
        is_first=false
        if [ $share = hundredths ]; then
            verdict "$what: every hundredth image" "$(differs $backend $share)"
            continue
        fi
        verdict "$what: predictions and logits" "$(differs $backend $share)"
        verdict "$what: top-1" "$(grep -qx "top1 $top1 of 10000" found || cat found)"
    done
done
finish
