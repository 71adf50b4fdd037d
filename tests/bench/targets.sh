#!/bin/sh
# targets.sh [PATTERN]: every workload that has a target, or those whose line below matches the
# pattern (of grep -E), by versus.sh. Prints a Markdown table of the results, and the reports on
# standard error. A row that fails does not stop the rest. Exit status: 1 a target is missed or
# not measured.
#
# From the environment: as for versus.sh, but that PEERS and OPTIONS are those of the rows, and
# STEPS   5; more of a batch below 20, so that they take 20 STEPS images
# RESULT  a file: the results as JSON, which `report` draws
set -u
here=$(dirname "$0")
steps=${STEPS:-5}
all=${RESULT:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CACHE="${CACHE:-$work/cache}"

# Workload, network, phase, batch, precision, peers, quantity, largest ratio to the peer's; and what
# else versus.sh is to find in its environment.
inference='onnxruntime openvino ncnn pytorch'
bf16='openvino onnxruntime'
debian=PYTHON=/usr/bin/python3
lean=OPTIONS=--memory=lean
targets="\
ResNet-18 of the book, 96x96, training|book_resnet18|train-step|128|fp32|pytorch|step|0.70
ResNet-18 of the book, 96x96, training|book_resnet18|train-step|16|fp32|pytorch|step|0.75
ResNet-18 of the book, 96x96, training|book_resnet18|train-step|4|fp32|pytorch|step|0.75
ResNet-18 of the book, 96x96, training|book_resnet18|train-step|1|fp32|pytorch|step|0.75
ResNet-50, training|resnet50|train-step|32|fp32|pytorch|step|0.78
ResNet-50, training|resnet50|train-step|8|fp32|pytorch|step|0.75
ResNet-50, training|resnet50|train-step|2|fp32|pytorch|step|0.75
ResNet-50, training in bf16|resnet50|train-step|32|bf16|pytorch|step|0.85
ResNeXt-50 32x4d, training|resnext50_32x4d|train-step|16|fp32|pytorch|step|0.85
ResNet-18, inference|resnet18|infer|16|fp32|$inference|step|0.70
ResNet-50, inference|resnet50|infer|16|fp32|$inference|step|0.85
ResNet-50, inference in bf16|resnet50|infer|16|bf16|$bf16|step|0.90
ResNeXt-50 32x4d, inference|resnext50_32x4d|infer|16|fp32|$inference|step|0.95
ResNet-18, latency|resnet18|infer|1|fp32|$inference|step|0.85
ResNet-34, latency|resnet34|infer|1|fp32|$inference|step|0.85
ResNet-50, latency|resnet50|infer|1|fp32|$inference|step|0.85
ResNet-50, latency in bf16|resnet50|infer|1|bf16|$bf16|step|0.90
ResNeXt-50 32x4d, latency|resnext50_32x4d|infer|1|fp32|$inference|step|0.85
ResNet-50, training|resnet50|train-step|32|fp32|pytorch|peak memory|0.80
ResNet-18, inference, lean|resnet18|infer|16|fp32|$inference|peak memory|1.0|$lean
ResNet-18, inference, lean|resnet18|infer|1|fp32|$inference|peak memory|1.0|$lean
ResNet-50, inference, lean|resnet50|infer|16|fp32|$inference|peak memory|1.0|$lean
ResNet-50, inference, lean|resnet50|infer|1|fp32|$inference|peak memory|1.0|$lean
ResNeXt-50 32x4d, inference, lean|resnext50_32x4d|infer|16|fp32|$inference|peak memory|1.0|$lean
ResNeXt-50 32x4d, inference, lean|resnext50_32x4d|infer|1|fp32|$inference|peak memory|1.0|$lean
ResNet-18, first inference|resnet18|infer|1|fp32|$inference|start to its end|0.5
ResNet-50, first inference|resnet50|infer|1|fp32|$inference|start to its end|0.5
ResNeXt-50 32x4d, first inference|resnext50_32x4d|infer|1|fp32|$inference|start to its end|0.5
ResNet-18 of the book, first training step|book_resnet18|train-step|1|fp32|pytorch|\
start to its end|0.10|$debian"

# The measurements of versus.sh as JSON, made once for all rows that use them.
measure()
{
    [ ! -e "$RESULT.log" ] || return 0
    many=$steps
    [ "$3" -ge 20 ] || many=$((steps * 20 / $3))
    env STEPS="$many" PRECISION="$4" PEERS="$5" ${6:+"$6"} "$here/versus.sh" "$1" "$2" "$3" \
        </dev/null 2>&1 | tee "$RESULT.log" >&2
}

echo "$targets" | grep -E -e "${1:-.}" >"$work/rows"
while IFS='|' read -r workload network phase batch precision peers quantity most settings; do
    name=$(echo "$network $phase $batch $precision $peers $settings" | tr -c '[:alnum:]\n' _)
    export RESULT="$work/$name"
    measure "$network" "$phase" "$batch" "$precision" "$peers" "$settings"
    echo "$workload, batch $batch|$quantity|$most|$RESULT" >>"$work/measured"
done <"$work/rows"
python3 "$here/targets_print.py" "$work/measured" ${all:+"$all"}
