#!/bin/sh
# exchange.sh: 44.7 MB of floats, the gradients of the book's ResNet-18, added up by processes
# through the world, and in turns by MPI_Allreduce alone; prints the medians of each round and their
# ratio.
#
# From the environment: BUILD (build), the folder in which `make tests/bench/exchange` made it;
#   MPICC (mpicc), MPIRUN (mpirun), PROCESSES (2), NUMBERS (11173962), ROUNDS (7), TIMES a round
#   (20)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 RESNET_PLUGIN_PATH="$build/.libs"
"${MPICC:-mpicc}" -O2 "$here/exchange_peer.c" -o "$work/peer"

launch()
{
    "${MPIRUN:-mpirun}" --bind-to none -n "${PROCESSES:-2}" "$@" "${NUMBERS:-11173962}" \
        "${TIMES:-20}"
}

echo '| round | ours ms | MPI_Allreduce ms | ratio |'
echo '|---|---|---|---|'
for round in $(seq "${ROUNDS:-7}"); do
    ours=$(launch "$build/tests/bench/exchange" | tail -n 1)
    theirs=$(launch "$work/peer" | tail -n 1)
    echo "$round $ours $theirs" |
        awk '{ printf "| %s | %.1f | %.1f | %.3f |\n", $1, $2, $3, $2 / $3 }'
done | tee "$work/rows"
awk -F '|' '{ print $5 }' "$work/rows" | sort -n | awk '{ r[NR] = $1 }
    END { printf "\nratio: median %.3f, %.3f to %.3f\n", r[int((NR + 1) / 2)], r[1], r[NR] }'
