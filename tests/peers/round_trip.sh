#!/bin/sh
# round_trip.sh: networks trained here are written for PyTorch, timm, transformers and ONNX; those
# programs compute the logits that this one computes, and what comes back has the same bits.
#
# From the environment: PYTHON (of tests/bench/setup-peers).
. "$srcdir/tests/e2e/e2e.sh"
python=${PYTHON:-python3}
peer=$srcdir/tests/peers/round_trip.py
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore HF_HUB_OFFLINE=1
if ! missing=$("$python" -c 'import numpy, torch, torchvision, safetensors' 2>&1); then
    skip 'weights in the hands of other programs' "$(echo "$missing" | tail -n 1)"
    exit 77
fi
resnet() { "$run" "$@" 2>stderr >stdout || { cat stderr && return 1; }; }

# trained NAME CFG CHANNELS SIZE CLASSES HEIGHT: NAME/, of a small step on pictures of this size;
# NAME.x and NAME.y, an input of HEIGHT x HEIGHT and what this program makes of it; NAME.cfg.
trained()
{
    name=$1
    "$python" "$peer" make $name "$3" "$4" "$5" "$6"
    cat >$name.train.cfg <<CFG
extends = "$2";
network = { input = { channels = $3; height = $4; width = $4; }; classes = $5; };
data = { dataset = "tensors"; path = "$name.data"; transforms = { train = (); validation = (); }; };
CFG
    sed -e "s/height = $4; width = $4/height = $6; width = $6/" $name.train.cfg >$name.cfg
    found=$(resnet train $name.train.cfg --quiet --output=$name --set=train.batch=8 \
        --set=train.max_steps=1 --set=train.learning_rate=1e-3 &&
        resnet predict $name.cfg --weights=$name --allow-changed --input=$name.x --save=$name.y)
    verdict "$name: trained, and its logits" "$found"
}

# goes TARGET OUT [NETWORK] [OPTION]: the network trained last goes there, and comes back; the
# logits are compared later.
goes()
{
    target=$1 out=$2 known=${3:-} option=${4:-}
    # shellcheck disable=SC2086 # no word where there is no option
    offenders=$(resnet convert $name.cfg "$out" --to="$target" --weights=$name --allow-changed \
        $option)
    verdict "$name: $out is written" "$offenders"
    [ -z "$offenders" ] || return
    echo "$target $out $known" >>jobs
    [ "$target" != onnx ] || echo "openvino $out" >>jobs
    [ -z "$option" ] || return
    offenders=$(resnet convert $name.cfg back.safetensors --overwrite --weights="$out" &&
        same_tensors $name/model.safetensors back.safetensors)
    verdict "$name: $out comes back bit by bit" "$offenders"
}

# Compares the logits of what the network trained last has become, and removes it.
compared()
{
    "$python" "$peer" check $name.x $name.y <jobs >answers 2>errors
    if [ $? = 0 ]; then
        failures=$((failures + $(grep -c '^not ok' answers)))
        cat answers
    else
        verdict "$name: the logits of other programs" "$(tail -n 3 errors)"
    fi
    rm -r jobs $name*
}

# ---- Every network of share/models ----

for cfg in "$srcdir"/share/models/*.cfg; do
    network=$(basename "$cfg" .cfg)
    size=32 channels=3 height=64 known=
    case $network in
        cifar*) height=32 ;;
        fashion*) size=28 channels=1 height=28 ;;
        d2l_vgg*) size=64 channels=1 height=64 ;; # its linear layers fit one size
        vgg*) size=64 height=64 ;;
        d2l*) channels=1 height=96 ;;
        resnet50d) ;;
        resnet* | resnext* | wide_resnet*) known=$network ;;
    esac
    trained $network "$cfg" $channels $size 10 $height
    goes pth $network.pth $known
    # The operator of fashion_shift is a plugin's, not ONNX's.
    [ $network != fashion_shift ] || { compared; continue; }
    goes onnx $network.onnx
    goes onnx $network.folded.onnx '' --fold
    case $network in resnet18 | resnet50 | resnext50_32x4d | wide_resnet50_2)
        goes safetensors $network.safetensors $network
        goes timm $network.timm $network ;;
    esac
    case $network in resnet18 | resnet50) goes transformers $network.transformers ;; esac
    compared
done

# ---- Other depths and widths than those with a name ----

cat >base.cfg <<'CFG'
network = {
  layers = (
    { block = "conv2d"; name = "conv1"; channels = 64; kernel = 7; stride = 2; padding = 3; },
    { block = "batch_norm"; name = "bn1"; },
    { block = "relu"; },
    { block = "max_pool"; kernel = 3; stride = 2; padding = 1; },
    { stage = "layer1"; block = "residual/bottleneck"; repeat = 1; channels = 8; },
    { stage = "layer2"; block = "residual/bottleneck"; repeat = 2; channels = 12;
      first = { stride = 2; }; },
    { stage = "layer3"; block = "residual/bottleneck"; repeat = 1; channels = 16;
      first = { stride = 2; }; },
    { stage = "layer4"; block = "residual/bottleneck"; repeat = 2; channels = 20;
      first = { stride = 2; }; },
    { block = "global_avg_pool"; },
    { block = "flatten"; },
    { block = "linear"; name = "fc"; }
  );
};
CFG
trained narrow base.cfg 1 64 5 64
goes timm narrow.timm
goes transformers narrow.transformers
compared
sed 's/block = "residual.bottleneck";/& stride_on = "1x1";/' base.cfg >caffe.base.cfg
trained caffe caffe.base.cfg 3 64 5 64
goes transformers caffe.transformers
expect 4 'stride on the 1x1' 'caffe: timm has no such network' \
    "$run" convert caffe.train.cfg caffe.timm --to=timm --weights=caffe
compared
finish
