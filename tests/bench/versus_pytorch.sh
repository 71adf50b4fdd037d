#!/bin/sh
# versus_pytorch.sh [NETWORK PHASE BATCH]: our steps and PyTorch's, in turns, on the same threads;
# prints the ratios ours / PyTorch's of time, peak memory, and from the start of the process to the
# first step and to its end.
#
#   NETWORK  book_resnet18 (default) or resnet50        PHASE  train-step (default) or infer
#   BATCH    128, or 16 for resnet50
# From the environment: BACKEND (cpu_blas), THREADS (all), ROUNDS (5), STEPS a round (3), PYTHON
# (one with torch; Debian's belongs to /usr/bin/python3), RESNET_RUN (the command to time).
set -eu
here=$(dirname "$0")
network=${1:-book_resnet18}
phase=${2:-train-step}
backend=${BACKEND:-cpu_blas}
threads=${THREADS:-$(nproc)}
rounds=${ROUNDS:-5}
steps=${STEPS:-3}
python=${PYTHON:-/usr/bin/python3}
run=${RESNET_RUN:-resnet-run}
case $network in
    book_resnet18) cfg=d2l_resnet18_fashion_mnist batch=${3:-128} ;;
    resnet50) cfg=resnet50 batch=${3:-16} ;;
    *) echo "versus_pytorch.sh: unknown network $network" >&2; exit 2 ;;
esac
"$python" -c 'import torch' 2>/dev/null || {
    echo "versus_pytorch.sh: $python has no torch; apt-get install python3-torch" >&2
    exit 3
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Large thresholds keep PyTorch's memory from going back to the system after every tensor; by
# default it is up to three times slower, and beating that would prove nothing.
pytorch()
{
    env OPENBLAS_NUM_THREADS=1 MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 \
        MALLOC_TOP_PAD_=536870912 "$python" "$here/peer_pytorch.py" "$network" "$phase" \
        --batch "$batch" --threads "$threads" --steps "$steps" --warmup 2 --layout "$1"
}

ours()
{
    "$run" bench --backend="$backend" --threads="$threads" --phase="$phase" --batch="$batch" \
        --steps="$steps" --warmup=2 --json "$here/../../share/models/$cfg.cfg"
}

round=1
while [ "$round" -le "$rounds" ]; do
    ours >"$work/ours.$round"
    pytorch nhwc >"$work/nhwc.$round"
    pytorch nchw >"$work/nchw.$round"
    round=$((round + 1))
done
"$python" - "$work" "$rounds" <<'PY'
import json, statistics, sys
work, rounds = sys.argv[1], int(sys.argv[2])
def load(kind):
    return [json.load(open(f"{work}/{kind}.{i}")) for i in range(1, rounds + 1)]
ours, peers = load("ours"), {k: load(k) for k in ("nhwc", "nchw")}
best = min(peers, key=lambda k: statistics.median(r["median_ms"] for r in peers[k]))
peer = peers[best]
def ratio(name, a, b, unit):
    r = sorted(x / y for x, y in zip(a, b))
    print(f"{name:22} ours {statistics.median(a):9.2f} {unit:3}"
          f"  PyTorch {statistics.median(b):9.2f} {unit:3}"
          f"  ratio {statistics.median(r):.3f}  (rounds {r[0]:.3f} to {r[-1]:.3f})")
o = ours[0]
print(f"{o['network']}, {o['phase']}, batch {o['batch']}, {o['library']}; "
      f"{peer[0]['library']}, {best}")
ratio("step", [r["median_ms"] for r in ours], [r["median_ms"] for r in peer], "ms")
ratio("peak memory", [r["peak_bytes"] / 2**20 for r in ours],
      [r["peak_bytes"] / 2**20 for r in peer], "MiB")
ratio("start to first step", [r["ready_ms"] for r in ours], [r["ready_ms"] for r in peer], "ms")
ratio("start to its end", [r["first_ms"] for r in ours], [r["first_ms"] for r in peer], "ms")
PY
