#!/bin/sh
# loader.sh [MODEL.cfg]: training steps with batches from the loader thread beside steps with one
# resident batch, in turns; prints the ratio of their times. The loader costs the time of one thread
# for shuffling, resizing and normalising, and the time that the step waits for it.
#
# From the environment: BACKEND (cpu_blas), THREADS (all), ROUNDS (5), STEPS a round (10),
# RESNET_RUN.
set -eu
cfg=${1:-$(dirname "$0")/../../share/models/d2l_resnet18_fashion_mnist.cfg}
run=${RESNET_RUN:-resnet-run}
rounds=${ROUNDS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step()
{
    "$run" bench --backend="${BACKEND:-cpu_blas}" --threads="${THREADS:-$(nproc)}" \
        --steps="${STEPS:-10}" --json "$@" "$cfg"
}

round=1
while [ "$round" -le "$rounds" ]; do
    step >"$work/resident.$round"
    step --loader >"$work/loader.$round"
    round=$((round + 1))
done
python3 - "$work" "$rounds" <<'PY'
import json, statistics, sys
work, rounds = sys.argv[1], int(sys.argv[2])
def load(kind):
    return [json.load(open(f"{work}/{kind}.{i}")) for i in range(1, rounds + 1)]
resident, loader = load("resident"), load("loader")
ratios = sorted(a["median_ms"] / b["median_ms"] for a, b in zip(loader, resident))
print(f"{loader[0]['network']}, batch {loader[0]['batch']}: "
      f"loader {statistics.median(r['median_ms'] for r in loader):.1f} ms, "
      f"resident {statistics.median(r['median_ms'] for r in resident):.1f} ms, "
      f"waits {statistics.median(r['loader_wait_ms'] for r in loader):.2f} ms a step; "
      f"ratio {statistics.median(ratios):.3f} (rounds {ratios[0]:.3f} to {ratios[-1]:.3f})")
PY
