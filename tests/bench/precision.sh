#!/bin/sh
# precision.sh [BACKEND...]: how far each backend is from `reference`, which computes in double: the
# largest RMS of a difference, relative to the tensor's own RMS, among all results of operators and
# among all gradients of a training step. The network has no operator that decides by a rounding
# error.
#
# From the environment: BATCH (32), THREADS (all), NET (tests/config/nets/no_decisions.cfg),
# RESNET_RUN.
set -eu
net=${NET:-$(dirname "$0")/../config/nets/no_decisions.cfg}
run=${RESNET_RUN:-resnet-run}
[ $# -gt 0 ] || set -- cpu_blas onednn opencl
backends=$(echo "reference $*" | tr ' ' ',')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for conv in direct auto winograd; do
    "$run" compare --conv="$conv" --batch="${BATCH:-32}" --threads="${THREADS:-$(nproc)}" \
        --backends="$backends" --json "$net" >"$work/$conv" || [ $? = 1 ]
done
sed -n 's/^model name[[:blank:]]*: //p' /proc/cpuinfo | head -n 1
python3 - "$work" "$@" <<'PY'
import json, sys
work, backends = sys.argv[1], sys.argv[2:]
print("| backend | convolutions | results | gradients |\n|---|---|---|---|")
for backend in backends:
    for conv in "direct", "auto", "winograd":
        worst = {"forward": 0, "gradient": 0}
        for tensor in json.load(open(f"{work}/{conv}"))["tensors"]:
            found = tensor["differences"].get(backend)
            if found and found["verdict"] != "zero":
                worst[tensor["pass"]] = max(worst[tensor["pass"]], found["relative_rms"])
        print(f"| `{backend}` | {conv} | {worst['forward']:.1e} | {worst['gradient']:.1e} |")
PY
