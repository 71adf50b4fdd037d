#!/bin/sh
# traces.sh: the layers of PyTorch's networks, forward and backward, and what a step of SGD leaves
# behind are equal to rounding on every backend, and so are the layers of ONNX Runtime; a mistake in
# the Python model is found in its layer.
#
# From the environment: PYTHON (of tests/bench/setup-peers).
. "$srcdir/tests/e2e/e2e.sh"
python=${PYTHON:-python3}
tools=$srcdir/share/tools
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore RESNET_MODELS_PATH="$srcdir/share/models"
if ! missing=$("$python" -c 'import numpy, torch, torchvision, safetensors' 2>&1); then
    skip 'layers of PyTorch' "$(echo "$missing" | tail -n 1)"
    exit 77
fi

# NETWORK.cfg, of 10 classes of pictures of 64 x 64.
for network in resnet18 resnet50 resnext50_32x4d; do
    cat >$network.cfg <<CFG
network = { arch = "$network"; classes = 10; input = { height = 64; width = 64; }; };
train = { learning_rate = 0.1; momentum = 0.9; weight_decay = 1e-4; };
CFG
done

# ---- Traces ----

# Importing PyTorch takes longer than a trace: one process makes them all, each from a line.
mkfifo asked answers
"$python" "$srcdir/tests/peers/traces.py" "$tools/trace-pytorch" <asked >answers 2>errors &
exec 3>asked 4<answers

# traced MODEL PHASE: t.safetensors, and its weights, w.safetensors.
traced()
{
    model="PyTorch's ${1##*/}" phase=$2
    echo "$1 --phase=$2 --batch=2 --size=64 --classes=10" \
        "--save-weights=w.safetensors --out=t.safetensors" >&3
    read -r _ <&4 && return
    verdict "a trace of $model" "$(tail -n 3 errors)"
    finish
}

# compares NETWORK [OPTION...]
compares()
{
    of=$1
    shift
    "$run" compare $of.cfg --no-speed --phase=$phase --weights=w.safetensors \
        --load-trace=t.safetensors "$@"
}

# ---- Equal ----

# The backends that can be opened here, with commas.
backends=cpu_blas
for backend in onednn opencl; do
    if "$run" summary resnet18.cfg --backend=$backend >stdout 2>stderr; then
        backends=$backends,$backend
    else
        skip "PyTorch and $backend" "$(cat stderr)"
    fi
done

# equal NETWORK BACKENDS
equal() { expect 0 '' "$model, $phase: $2 computes the same" compares $1 --backends=$2; }

for network in resnet18 resnet50 resnext50_32x4d; do
    traced $network infer
    equal $network $backends
    traced $network train-step
    equal $network $backends
    ! is_long && [ $network != resnet18 ] || equal $network reference
done
traced "$srcdir/tests/peers/mistaken.py:functions" train-step
equal resnet18 cpu_blas
if "$python" -c 'import timm' 2>/dev/null; then
    traced timm:resnet18 train-step
    equal resnet18 cpu_blas
else
    skip 'layers of timm' 'Python has no timm'
fi

# ---- Mistakes ----

# finds MISTAKE LAYER [NETWORK]: compare names the layer.
finds()
{
    traced "$srcdir/tests/peers/mistaken.py:$1" train-step
    expect 1 "wrong from $2" "a mistake in $1 is found at $2" \
        compares ${3:-resnet18} --backends=cpu_blas
}

finds stride layer2.0.conv1 resnet50
finds epsilon layer3.0.bn1
finds relu layer2.1.conv2
finds last_relu layer3.0.conv1
finds padding layer4.1.conv1
finds momentum layer1.0.bn2

# ---- Refusals, and traces of less detail ----

traced resnet18 train-step
for detail in full sample statistics; do
    expect 0 '' "a trace with --trace-detail=$detail" "$run" compare resnet18.cfg --no-speed \
        --backends=reference --weights=w.safetensors --batch=2 \
        --save-trace=t.safetensors --trace-detail=$detail
    expect 0 '' "and another backend beside it" compares resnet18 --backends=cpu_blas
done
expect 4 'other weights' 'other weights are refused' "$run" compare resnet18.cfg \
    --backends=cpu_blas --load-trace=t.safetensors
expect 4 'other images' 'input of another seed is refused' \
    compares resnet18 --backends=cpu_blas --seed=9
expect 2 'it is of 2 images' 'another batch is refused' \
    compares resnet18 --backends=cpu_blas --batch=3
phase=infer
expect 2 'it is of phase train-step' 'another phase is refused' \
    compares resnet18 --backends=cpu_blas

# ---- ONNX Runtime ----

if "$python" -c 'import onnx, onnxruntime' 2>/dev/null; then
    expect 0 '' 'resnet18 goes to ONNX' "$run" convert resnet18.cfg net.onnx --to=onnx \
        --weights=w.safetensors
    "$python" "$tools/trace-onnxruntime" net.onnx --batch=2 --out=t.safetensors 2>errors ||
        verdict 'a trace of ONNX Runtime' "$(tail -n 3 errors)"
    model="ONNX Runtime's resnet18"
    equal resnet18 $backends
else
    skip 'layers of ONNX Runtime' 'Python has no onnx and onnxruntime'
fi
finish
