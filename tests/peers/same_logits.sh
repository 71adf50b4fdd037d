#!/bin/sh
# same_logits.sh: networks of torchvision and timm that are not of their resnet.py give the same
# logits here, with the weights that those programs make.
#
# From the environment: PYTHON (of tests/bench/setup-peers).
. "$srcdir/tests/e2e/e2e.sh"
python=${PYTHON:-python3}
peer=$srcdir/tests/peers/same_logits.py
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore HF_HUB_OFFLINE=1
if ! missing=$("$python" -c 'import numpy, torch, torchvision, timm, safetensors' 2>&1); then
    skip 'networks of other programs' "$(echo "$missing" | tail -n 1)"
    exit 77
fi

# same NETWORK PROGRAM MODEL SIZE [CFG]: the logits of NETWORK here are those of PROGRAM's MODEL for
# pictures of SIZE pixels; "-" for CFG: what the weights tell.
same()
{
    network=$1 cfg=${5:-$srcdir/share/models/$1.cfg}
    [ "$cfg" != - ] || cfg=
    said=$("$python" "$peer" make "$2" "$3" "$4" theirs 2>&1 &&
        "$run" predict ${cfg:+"$cfg" --weights=}theirs.safetensors --input=theirs.x \
            --save=theirs.y --set=network.input.height="$4" \
            --set=network.input.width="$4" 2>&1 >stdout &&
        "$python" "$peer" check theirs 2>&1) && said=
    verdict "$network: the logits of $2's $3" "$(echo "$said" | tail -n 3)"
    rm -f theirs*
}

same googlenet torchvision googlenet 64
same vgg11 torchvision vgg11 224
same densenet121 torchvision densenet121 64
same resnet50d timm resnet50d 64
same seresnet50 timm seresnet50 64
same regnet_x_200mf timm regnetx_002 64
same regnet_y_200mf timm regnety_002 64
same regnet_x_400mf torchvision regnet_x_400mf 64
same regnet_y_400mf torchvision regnet_y_400mf 64
same 'RegNet without a cfg' torchvision regnet_y_400mf 64 -
finish
