#!/bin/sh
# cluster.sh: training steps of the book's ResNet-18 by two processes with one thread each, in turns
# with one process with two threads and with PyTorch's DistributedDataParallel on gloo; prints the
# ratios of the medians, by round. What is measured inside one process of ours is how much of the
# exchange was hidden.
#
# From the environment: BACKEND (onednn), BATCH (128), ROUNDS (5), STEPS a round (3), RESNET_RUN,
#   MPIRUN (mpirun), PYTHON (an interpreter with PyTorch; empty: without it), PEERS (its settings)
set -eu
here=$(dirname "$0")
run=${RESNET_RUN:-resnet-run}
cfg=$here/../../share/models/d2l_resnet18_fashion_mnist.cfg
batch=${BATCH:-128}
steps=${STEPS:-3}
python=${PYTHON-/usr/bin/python3}
peers=${PEERS:-nhwc:25 nhwc:100 nchw:25}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

bench()
{
    "$@" bench --backend="${BACKEND:-onednn}" --batch="$batch" --steps="$steps" --json "$cfg"
}

one() { bench "$run" --threads=2; }
two() { bench "${MPIRUN:-mpirun}" --bind-to none -n 2 "$run" --threads=1; }

# Large thresholds: see versus.sh.
peer()
{
    env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MALLOC_MMAP_THRESHOLD_=1073741824 \
        MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=536870912 \
        "$python" "$here/peer_ddp.py" "$1" --batch "$batch" --steps "$steps"
}

[ -n "$python" ] || peers=
for round in $(seq "${ROUNDS:-5}"); do
    one >"$work/one.$round"
    two >"$work/two.$round"
    for setting in $peers; do
        peer "$setting" >"$work/ddp-$setting.$round"
    done
done

python3 - "$work" "$batch" <<'PY'
import glob, json, os, statistics, sys
folder, batch = sys.argv[1:]
times, last = {}, {}
for path in sorted(glob.glob(folder + "/*.*")):
    name = os.path.basename(path).rsplit(".", 1)[0]
    last[name] = json.load(open(path, encoding="utf-8"))
    times.setdefault(name, []).append(last[name]["median_ms"])
peers = [name for name in times if name.startswith("ddp-")]
print(f"batch {batch}; the book's ResNet-18; medians of a step over {len(times['one'])} rounds\n")
print("| two processes | against | ours ms | theirs ms | ratio | by round |")
print("|---|---|---|---|---|---|")
for name in ["one"] + sorted(peers, key=lambda n: statistics.median(times[n])):
    ratios = [a / b for a, b in zip(times["two"], times[name])]
    label = "one process, two threads" if name == "one" else \
        f"{last[name]['library']} DDP, {last[name]['setting']}"
    print(f"| 2 x 1 thread | {label} | {statistics.median(times['two']):.0f} "
          f"| {statistics.median(times[name]):.0f} | {statistics.median(ratios):.3f} "
          f"| {min(ratios):.3f} to {max(ratios):.3f} |")
print("\n" + json.dumps(last["two"].get("scaling", {}), indent=2))
PY
