#!/bin/sh
# traces.sh: the layers of PyTorch's networks, forward and backward, and what a step of SGD leaves behind
# are equal to rounding on every backend; a mistake in the Python model is found in its layer; so are the
# layers of ONNX Runtime.
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
backends='cpu_blas onednn opencl'
! is_long || backends="reference $backends"

# cfg NETWORK: net.cfg, of 10 classes of pictures of 64 x 64.
cfg()
{
    cat >net.cfg <<CFG
network = { arch = "$1"; classes = 10; input = { height = 64; width = 64; }; };
train = { learning_rate = 0.1; momentum = 0.9; weight_decay = 1e-4; };
CFG
}

# traced PHASE MODEL: t.safetensors and w.safetensors.
traced()
{
    phase=$1
    "$python" "$tools/trace-pytorch" "$2" --phase=$phase --batch=2 --size=64 --classes=10 \
        --save-weights=w.safetensors --out=t.safetensors 2>errors ||
        verdict "a trace of $2" "$(tail -n 3 errors)"
}

# compares BACKEND [OPTION...]
compares()
{
    compared=$1
    shift
    "$run" compare net.cfg --no-speed --backends="$compared" --weights=w.safetensors --phase=$phase \
        --load-trace=t.safetensors "$@"
}

# has_backend NAME: skipped where it cannot be opened.
has_backend()
{
    "$run" summary net.cfg --backend=$1 >stdout 2>stderr && return
    [ $? = 3 ] || return 0
    skip "$2" "$(cat stderr)"
    return 1
}

# ---- Equal ----

for network in resnet18 resnet50 resnext50_32x4d; do
    cfg $network
    for phase in infer train-step; do
        traced $phase $network
        for backend in $backends; do
            what="$network, $phase: PyTorch and $backend"
            has_backend $backend "$what" || continue
            expect 0 '' "$what" compares $backend
        done
    done
done
if "$python" -c 'import timm' 2>/dev/null; then
    cfg resnet18
    traced train-step timm:resnet18
    expect 0 '' 'resnet18, train-step: timm and cpu_blas' compares cpu_blas
else
    skip 'layers of timm' 'Python has no timm'
fi

# ---- Mistakes ----

# finds FUNCTION LAYER: compare names the layer.
finds()
{
    traced train-step "$srcdir/tests/peers/mistaken.py:$1"
    expect 1 "wrong from $2" "a mistake in $1 is found at $2" compares cpu_blas
}

cfg resnet50
finds stride layer2.0.conv1
cfg resnet18
finds epsilon layer3.0.bn1
finds relu layer2.1
finds padding layer4.1.conv1
finds momentum layer1.0.bn2

# ---- Refusals, and traces of less detail ----

traced train-step resnet18
for detail in full sample statistics; do
    expect 0 '' "a trace with --trace-detail=$detail" \
        "$run" compare net.cfg --backends=onednn --weights=w.safetensors --phase=train-step \
        --batch=2 --save-trace=own.safetensors --trace-detail=$detail
    cp own.safetensors t.safetensors
    expect 0 '' "and another backend beside it" compares cpu_blas
done
expect 4 'other weights' 'weights of another seed are refused' "$run" compare net.cfg \
    --backends=cpu_blas --phase=train-step --load-trace=own.safetensors
expect 4 'other images' 'input of another seed is refused' compares cpu_blas --seed=9
expect 2 'it is of phase train-step' 'another phase is refused' compares cpu_blas --phase=infer
expect 2 'it is of 2 images' 'another batch is refused' compares cpu_blas --batch=3

# ---- ONNX Runtime ----

if "$python" -c 'import onnx, onnxruntime' 2>/dev/null; then
    phase=infer
    for backend in cpu_blas onednn; do
        [ -e net.onnx ] || expect 0 '' 'resnet18 goes to ONNX' "$run" convert net.cfg net.onnx \
            --to=onnx --weights=w.safetensors
        "$python" "$tools/trace-onnxruntime" net.onnx --batch=2 --out=t.safetensors 2>errors ||
            verdict 'a trace of ONNX Runtime' "$(tail -n 3 errors)"
        expect 0 '' "ONNX Runtime and $backend" compares $backend
    done
else
    skip 'layers of ONNX Runtime' 'Python has no onnx and onnxruntime'
fi
finish
