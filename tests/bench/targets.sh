#!/bin/sh
# targets.sh [PATTERN]: every workload that has a target, or those whose line below matches the
# pattern (of grep -E), by versus.sh. Prints a Markdown table of the results, and the reports on
# standard error. A row that fails does not stop the rest. Exit status: 1 a target is missed or
# not measured.
#
# From the environment: as for versus.sh, and STEPS (5; twenty times as many where a batch is one
# image).
set -u
here=$(dirname "$0")
steps=${STEPS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CACHE="${CACHE:-$work/cache}"

# Workload, network, phase, batch, precision, peers, quantity, largest ratio to the peer's.
inference='onnxruntime openvino ncnn'
targets="\
ResNet-18 of the book, 96x96, training|book_resnet18|train-step|128|fp32|pytorch|step|0.70
ResNet-50, training|resnet50|train-step|32|fp32|pytorch|step|0.78
ResNet-50, training in bf16|resnet50|train-step|32|bf16|pytorch|step|0.85
ResNet-18, inference|resnet18|infer|16|fp32|$inference|step|0.70
ResNet-50, inference|resnet50|infer|16|fp32|$inference|step|0.85
ResNet-18, latency|resnet18|infer|1|fp32|$inference|step|0.95
ResNet-50, latency|resnet50|infer|1|fp32|$inference|step|0.95
ResNeXt-50 32x4d, inference|resnext50_32x4d|infer|16|fp32|$inference|step|0.95
ResNeXt-50 32x4d, training|resnext50_32x4d|train-step|16|fp32|pytorch|step|0.85
ResNet-50, training, peak memory|resnet50|train-step|32|fp32|pytorch|peak memory|0.80
ResNet-18 of the book, start to first result|book_resnet18|train-step|1|fp32|pytorch|\
start to its end|0.10"

# The measurements of versus.sh as JSON, made once for all rows that use them.
measure()
{
    [ ! -e "$RESULT" ] || return 0
    many=$steps
    [ "$3" -ne 1 ] || many=$((20 * steps))
    STEPS=$many PRECISION=$4 PEERS=$5 "$here/versus.sh" "$1" "$2" "$3" >&2 </dev/null
}

echo "$targets" | grep -E -e "${1:-.}" >"$work/rows"
while IFS='|' read -r workload network phase batch precision peers quantity most; do
    export RESULT="$work/$network.$phase.$batch.$precision"
    measure "$network" "$phase" "$batch" "$precision" "$peers" || echo "$workload: failed" >&2
    echo "$workload, batch $batch|$quantity|$most|$RESULT" >>"$work/measured"
done <"$work/rows"
python3 "$here/targets_print.py" "$work/measured"
