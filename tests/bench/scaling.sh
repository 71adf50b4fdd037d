#!/bin/sh
# scaling.sh: the model of share/doc/scaling.md beside training steps here, of the book's ResNet-18
# by 1, 2 and 4 processes of one thread, each with as many images.
#
# From the environment: BACKEND (onednn), BATCH of one process (32), STEPS (10), RESNET_RUN, MPIRUN
set -eu
here=$(dirname "$0")
run=${RESNET_RUN:-resnet-run}
cfg=$here/../../share/models/d2l_resnet18_fashion_mnist.cfg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

for n in 1 2 4; do
    "${MPIRUN:-mpirun}" --oversubscribe --bind-to none -n "$n" "$run" bench --threads=1 \
        --backend="${BACKEND:-onednn}" --batch=$((n * ${BATCH:-32})) --steps="${STEPS:-10}" \
        --set=train.synchronise_norms='"device"' --json "$cfg" >"$work/$n.json"
done
python3 "$here/scaling.py" "$work/1.json" "$work/2.json" "$work/4.json"
