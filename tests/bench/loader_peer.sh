#!/bin/sh
# loader_peer.sh FOLDER: the loader beside torchvision's DataLoader on Pillow, with as many workers,
# in turns, on a folder that has a folder for each class; prints the ratio of images per second
# (ours to theirs; more than 1: ours is faster) and the rounds.
#
# From the environment: PYTHON (of setup-peers, with torchvision and pillow), WORKERS (1), ROUNDS
# (3), BATCH (32), IMAGES a round (960), RESNET_RUN.
set -eu
folder=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
run=${RESNET_RUN:-resnet-run}
python=${PYTHON:-python3}
workers=${WORKERS:-1} batch=${BATCH:-32} images=${IMAGES:-960}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A network that costs nothing, since the loader is timed by itself.
model()
{
    cat <<CFG
network = {
  input = { channels = 3; height = 224; width = 224; };
  classes = $(find "$folder" -mindepth 1 -maxdepth 1 -type d | wc -l);
  layers = ( { block = "global_avg_pool"; }, { block = "flatten"; },
             { block = "linear"; name = "fc"; } );
};
data = {
  dataset = "folder"; path = "$folder"; train = "."; validation = ".";
  mean = [0.485, 0.456, 0.406]; std = [0.229, 0.224, 0.225];
  workers = $workers;
  transforms = { train = "$1"; validation = "imagenet_eval"; };
  $2
};
CFG
}

# ours NAME PRESET SETTINGS ROUND
ours()
{
    model "$2" "$3" >"$work/$1.cfg"
    "$run" bench --backend="${BACKEND:-cpu_blas}" --threads=1 --loader --phase=infer --warmup=0 \
        --batch="$batch" --steps=$((images / batch)) --json "$work/$1.cfg" >"$work/$1.json"
    "$python" -c 'import json, sys; print(json.load(sys.stdin)["loader"]["images_per_s"])' \
        <"$work/$1.json" >"$work/$1.$4"
}

theirs()
{
    "$python" "$here/loader_peer.py" "$folder" "$1" "$workers" "$batch" "$images" \
        >"$work/peer_$1.$2"
}

round=1
while [ "$round" -le "${ROUNDS:-3}" ]; do
    theirs train "$round"
    ours train imagenet_train "" "$round"
    ours train_fast imagenet_train "fast_decode = true;" "$round"
    theirs eval "$round"
    ours eval imagenet_eval "" "$round"
    ours eval_cached imagenet_eval "cache = \"$work/cache\";" "$round"
    round=$((round + 1))
done
"$python" - "$work" "${ROUNDS:-3}" <<'PY'
import statistics, sys
work, rounds = sys.argv[1], int(sys.argv[2])
def load(name):
    return [float(open(f"{work}/{name}.{i}").read()) for i in range(1, rounds + 1)]
for name, peer, least in (("train", "peer_train", 1.5), ("train_fast", "peer_train", 2.5),
                          ("eval", "peer_eval", 1.5), ("eval_cached", "peer_eval", 10)):
    ours, theirs = load(name), load(peer)
    ratios = sorted(a / b for a, b in zip(ours, theirs))
    print(f"{name:12} {statistics.median(ours):8.0f} images/s, "
          f"theirs {statistics.median(theirs):8.0f}; ratio {statistics.median(ratios):.2f} "
          f"(rounds {ratios[0]:.2f} to {ratios[-1]:.2f}), expected at least {least}")
PY
