#!/bin/sh
# grown.sh: torchvision computes the same with a network that was trained here and with the larger
# ones that it was grown into: deeper ones, and a wide one by Net2Net's rule.
#
# From the environment: PYTHON (of tests/bench/setup-peers).
. "$srcdir/tests/e2e/e2e.sh"
python=${PYTHON:-python3}
peer=$srcdir/tests/peers/grown.py
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
if ! missing=$("$python" -c 'import numpy, torch, torchvision, safetensors' 2>&1); then
    skip 'grown networks in the hands of torchvision' "$(echo "$missing" | tail -n 1)"
    exit 77
fi
"$python" "$peer" make pictures

# cfg NAME: NAME.cfg, the model of that name for these pictures.
cfg()
{
    cat >"$1.cfg" <<CFG
network = { arch = "$1"; classes = 10; input = { channels = 3; height = 64; width = 64; }; };
data = { dataset = "tensors"; path = "pictures"; mean = 0.5; std = 0.25;
  transforms = { train = (); validation = (); }; };
train = { batch = 8; epochs = 2; learning_rate = 0.01; momentum = 0.9; };
CFG
}

export RESNET_MODELS_PATH="$srcdir/share/models"
for pair in resnet18:resnet34 resnet50:resnet101 resnet50:wide_resnet50_2; do
    small=${pair%:*} large=${pair#*:}
    cfg $small
    cfg $large
    [ -d "$small" ] || expect 0 '' "training $small" "$run" train $small.cfg --quiet --output=$small
    expect 0 "$large/grown.safetensors" "growing it into $large" \
        "$run" grow $small $large.cfg --output=$large
    "$python" "$peer" check $small/model.safetensors $small $large/grown.safetensors $large \
        >answers 2>errors || verdict "$large in torchvision" "$(tail -n 3 errors)"
    failures=$((failures + $(grep -c '^not ok' answers)))
    cat answers
done
finish
