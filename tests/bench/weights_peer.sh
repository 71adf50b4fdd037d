#!/bin/sh
# weights_peer.sh: predict and published weights beside Python's torchvision, PyTorch and ONNX
# Runtime, in turns; prints the ratio of our time to theirs (less than 1: ours is faster).
#
#   one     one photograph through ResNet-50, from the start of the process to the label
#   many    photographs of 500x375 through ResNet-18: our whole process, theirs without its imports,
#           the best of PyTorch and ONNX Runtime with 0, 1 and 2 workers
#   load    ResNet-152's weights: until they are in the store, theirs until each byte is read
#
# From the environment: PYTHON (of setup-peers, with torchvision, pillow and safetensors), ROUNDS
# (3), COUNT photographs (1000), BACKEND (onednn), RESNET_RUN.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
run=${RESNET_RUN:-resnet-run} python=${PYTHON:-python3} backend=${BACKEND:-onednn}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
peer() { "$python" "$here/weights_peer.py" "$@"; }

# seconds COMMAND...: how long it takes.
seconds()
{
    start=$(date +%s%N)
    "$@" >"$work/output"
    echo "$(date +%s%N) $start" | awk '{ print ($1 - $2) / 1e9 }'
}

# add NAME VALUE: a figure of this round.
add() { echo "$2" >>"$work/$1"; }

load_ours()
{
    "$run" predict --backend="$backend" --verbose --dry-run "$1" "$work/photos/0000.jpg" 2>&1 |
        sed -n 's/.*read in \([0-9.]*\) ms$/\1/p'
}

peer make "$work" "${COUNT:-1000}"
round=1
while [ "$round" -le "${ROUNDS:-3}" ]; do
    for format in safetensors pth; do
        add "one.$format.ours" "$(seconds "$run" predict --quiet --backend="$backend" \
            "$work/resnet50.$format" "$work/photos/0000.jpg")"
        add "one.$format.theirs" \
            "$(seconds peer one "$work/resnet50.$format" "$work/photos/0000.jpg")"
        add "load.$format.ours" "$(load_ours "$work/resnet152.$format")"
        add "load.$format.theirs" "$(peer load "$work/resnet152.$format")"
    done
    add many.ours "$(seconds "$run" predict --quiet --backend="$backend" --format=csv \
        "$work/resnet18.safetensors" "$work/photos")"
    for runtime in torch onnxruntime; do
        for workers in 0 1 2; do
            peer many "$work" "$runtime" "$workers"
        done
    done | sort -g >"$work/many"
    add many.theirs "$(head -n 1 "$work/many")"
    round=$((round + 1))
done
"$python" - "$work" <<'PY'
import statistics, sys
def load(name):
    return [float(line) for line in open(f"{sys.argv[1]}/{name}")]
for name, unit, most in (("one.safetensors", "s", 0.1), ("one.pth", "s", 0.1), ("many", "s", 0.6),
                         ("load.safetensors", "ms", 1), ("load.pth", "ms", 1)):
    ours, theirs = load(f"{name}.ours"), load(f"{name}.theirs")
    ratios = sorted(a / b for a, b in zip(ours, theirs))
    mine, yours = statistics.median(ours), statistics.median(theirs)
    print(f"{name:16} {mine:9.3f} {unit}, theirs {yours:9.3f} {unit}; "
          f"ratio {statistics.median(ratios):.3f} (rounds {ratios[0]:.3f} to {ratios[-1]:.3f}), "
          f"expected at most {most}")
PY
