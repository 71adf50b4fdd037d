#!/bin/sh
# five_seeds.sh [MODEL.cfg]: trains a small network with Winograd's and with direct convolutions,
# from the same seeds, and prints the mean and standard deviation of both curves. Exit status: 1 a
# difference of means is more than the noise between seeds.
#
# A difference counts as noise while Welch's t is below 2.78: with two times five seeds (8 degrees
# of freedom) chance alone exceeds that in 2.4% of cases.
#
# From the environment: BACKEND (onednn), THREADS (all), SEEDS (5), EPOCHS (3), IMAGES (12800, of
# Fashion-MNIST), RESNET_RUN.
set -eu
here=$(dirname "$0")
cfg=${1:-$here/../../share/models/fashion_mnist_small.cfg}
run=${RESNET_RUN:-resnet-run}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

train()
{
    "$run" train --quiet --backend="${BACKEND:-onednn}" --threads="${THREADS:-$(nproc)}" \
        --conv="$1" --seed="$2" --set=train.epochs="${EPOCHS:-3}" \
        --set=data.train_limit="${IMAGES:-12800}" --output="$work/$1.$2" "$cfg"
}

for seed in $(seq "${SEEDS:-5}"); do
    train winograd "$seed"
    train direct "$seed"
done
python3 "$here/five_seeds_print.py" "$work" winograd direct
