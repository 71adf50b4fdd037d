#!/bin/sh
# peer_training.sh TEST-JPEG.TAR: trains tests/data/same_training.cfg in PyTorch, on the pictures of
# CIFAR-10 in this file, from the weights that resnet-run begins with, in its two orders (of a
# folder and of shards); compares the pixels, and prints PyTorch's losses, which
# tests/data/same_training.txt has. `tests/run --long same_training` compares ours with them.
#
# From the environment: PYTHON (of setup-peers, with torchvision and pillow), STEPS (100),
# RESNET_RUN.
set -eu
tar=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
run=${RESNET_RUN:-resnet-run}
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
sh "$here/../data/make_cifar.sh" "$tar" .
set -- "$here/../data/same_training.cfg" --quiet --set=data.path="$work" --set=data.dataset=folder \
    --set=data.train=test --set=data.validation=test --output=run

"$run" data "$@" --count=10000 --dump=dump.safetensors >data.txt
"$python" "$here/peer_training.py" pixels . dump.safetensors >&2
# One step that changes the weights by less than they are known to.
"$run" train "$@" --set=train.max_steps=1 --set=train.learning_rate=1e-12 --set=train.weight_decay=0
"$python" "$here/peer_training.py" losses . run/model.safetensors "${STEPS:-100}"
