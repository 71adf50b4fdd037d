#!/bin/sh
# curve.sh [MODEL.cfg]: trains a network for 100 steps on a backend and on cpu_blas, and prints the
# mean loss of every ten steps. Training amplifies the last bits, so cpu_blas with one thread and
# with all threads measures how far curves of equal networks are apart. Exit status: 1 the backend's
# curve is further from cpu_blas's than twice that, and than 2 % of the first loss.
#
# From the environment: BACKEND (opencl), RATE (0.002), RESNET_RUN.
set -eu
here=$(dirname "$0")
cfg=${1:-$here/../../share/models/d2l_resnet18_fashion_mnist.cfg}
run=${RESNET_RUN:-resnet-run}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# curve NAME OPTION...: the mean losses of ten times ten steps.
curve()
{
    name=$1
    shift
    "$run" train --quiet --set=train.batch=32 --set=train.epochs=10 --set=data.train_limit=320 \
        --set=data.validation_limit=32 --set=train.learning_rate="${RATE:-0.002}" \
        --output="$work/$name" "$@" "$cfg"
    cut -d, -f4 "$work/$name/metrics.csv" | tail -n +2 >"$work/$name.losses"
}

curve backend --backend="${BACKEND:-opencl}"
curve all --backend=cpu_blas
curve one --backend=cpu_blas --threads=1
paste "$work/backend.losses" "$work/all.losses" "$work/one.losses" |
    awk -v name="${BACKEND:-opencl}" '
        function distance(a, b) { return a > b ? a - b : b - a }
        BEGIN { printf "steps  %10s    cpu_blas  cpu_blas, 1 thread\n", name }
        {
            printf "%5d  %10.4f  %10.4f  %10.4f\n", NR * 10, $1, $2, $3
            if (NR == 1) first = $2
            if (distance($1, $2) > off) off = distance($1, $2)
            if (distance($3, $2) > noise) noise = distance($3, $2)
        }
        END {
            limit = 2 * noise > 0.02 * first ? 2 * noise : 0.02 * first
            printf "largest distance %.4f; between the two of cpu_blas %.4f\n", off, noise
            exit !(NR == 10 && off <= limit)
        }'
