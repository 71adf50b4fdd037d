#!/bin/sh
# side_by_side.sh [NETWORK PHASE BATCH]: steps of a process beside one that does the same on the
# same processors, in turns with those of a process alone, ours and PyTorch's; prints how many times
# as long a step takes. Were each process given half of the machine, and no more, it would be 2.
#
#   NETWORK, PHASE  as those of versus.sh      BATCH  16
# From the environment:
#   BACKEND (onednn), THREADS of a process (all), ROUNDS (5), STEPS a round (20), RESNET_RUN
#   PYTHON   an interpreter that has PyTorch; see setup-peers (/usr/bin/python3)
#   SETTING  PyTorch's (nhwc of a training step, jit of inference; see peer_pytorch.py)
set -eu
here=$(dirname "$0")
network=${1:-book_resnet18} phase=${2:-train-step} batch=${3:-16}
threads=${THREADS:-$(nproc)} steps=${STEPS:-20}
run=${RESNET_RUN:-resnet-run} python=${PYTHON:-/usr/bin/python3}
cfg=$network
[ "$network" != book_resnet18 ] || cfg=d2l_resnet18_fashion_mnist
setting=nhwc
[ "$phase" = train-step ] || setting=jit
setting=${SETTING:-$setting}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS="$threads" PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

ours()
{
    "$run" bench --backend="${BACKEND:-onednn}" --threads="$threads" --phase="$phase" \
        --batch="$batch" --steps="$steps" --json "$here/../../share/models/$cfg.cfg"
}

# Large thresholds: see versus.sh.
peer()
{
    env MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296 \
        MALLOC_TOP_PAD_=536870912 "$python" "$here/peer_pytorch.py" "$network" "$phase" "$setting" \
        --batch "$batch" --threads "$threads" --models "$work" --steps "$steps"
}

"$python" "$here/peer_networks.py" "$network" "$phase" "$batch" "$work" sgd >"$work/parameters"
ours >"$work/first" # what is chosen and kept on first use is, now
for round in $(seq "${ROUNDS:-5}"); do
    for who in ours peer; do
        $who >"$work/$who-alone.$round"
        $who >"$work/$who-left.$round" &
        $who >"$work/$who-right.$round"
        wait $!
    done
done
"$python" - "$work" "$network, $phase, batch $batch, $threads threads a process" <<'PY'
import glob, json, os, statistics, sys
folder, what = sys.argv[1:]
def medians(name):
    paths = sorted(glob.glob(os.path.join(folder, name + ".*")))
    return [json.load(open(path, encoding="utf-8")) for path in paths]
print(f"{what}; medians of a step over the rounds, and the ratio by round\n")
print("| | alone ms | beside another ms | ratio | by round |")
print("|---|---|---|---|---|")
for who in ("ours", "peer"):
    alone = medians(who + "-alone")
    left, right = ([j["median_ms"] for j in medians(f"{who}-{side}")] for side in ("left", "right"))
    beside = [(a + b) / 2 for a, b in zip(left, right)]
    times = [j["median_ms"] for j in alone]
    ratios = [b / a for a, b in zip(times, beside)]
    print(f"| {alone[0]['library']} | {statistics.median(times):.1f} "
          f"| {statistics.median(beside):.1f} | {statistics.median(ratios):.2f} "
          f"| {min(ratios):.2f} to {max(ratios):.2f} |")
PY
