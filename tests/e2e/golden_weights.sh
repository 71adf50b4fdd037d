#!/bin/sh
# golden_weights.sh: networks that other programs saved, given to predict without a cfg, have the
# logits that those programs compute, on every backend. The short check gives the stand-in for cudnn
# a few of them.
. "$srcdir/tests/e2e/e2e.sh"
if ! command -v python3 >/dev/null; then
    skip 'networks of other programs' 'there is no python3 to compare their logits'
    exit 77
fi

# What predict is given, the entry of a checkpoint, the largest difference of a logit relative to
# the largest logit, and whether the short check gives it to the stand-in.
cat >list <<'LIST'
lightning/last.ckpt                     -         1e-4
onnx/basic_dynamo.onnx                  -         1e-4
onnx/basic_torchscript.onnx             -         1e-4 sample
onnx/bottleneck_dynamo.onnx             -         1e-4
onnx/bottleneck_torchscript.onnx        -         1e-4
onnx/bottleneck_unfolded.onnx           -         1e-4
onnx/resnext_dynamo.onnx                -         1e-4
onnx/resnext_torchscript.onnx           -         1e-4
sharded                                 -         1e-4
sharded/model.safetensors.index.json    -         1e-4
timm_resnet18                           -         1e-4
torch_bfloat16/model.safetensors        -         1e-2
torch_bfloat16/weights.pth              -         1e-2
torch_bottleneck/model.safetensors      -         1e-4
torch_bottleneck/weights.pth            -         1e-4
torch_checkpoint/checkpoint.pth.tar     -         1e-4
torch_compiled_ema/checkpoint.pth       model_ema 1e-4
torch_half_strided/weights.pt           -         1e-2
torch_legacy/weights.pth                -         1e-4
torch_resnext/model.safetensors         -         1e-4
torch_zip/weights.pth                   -         1e-4
transformers_basic                      -         1e-4
transformers_bottleneck                 -         1e-4 sample
LIST
golden=${RESNET_GOLDEN:-}/weights

# The list has all that is there but references, and parts of what it has.
unlisted()
{
    (cd "$golden" && find . -type f ! -name '*reference.safetensors' ! -name '*.onnx.data') |
        sed 's,^\./,,' | while read -r file; do
        grep -q -e "^$file " -e "^${file%/*} " list || echo "$file"
    done
}
if [ -d "$golden" ]; then
    verdict 'the list has every network' "$(unlisted)"
fi

# Sets `path`, and `reference` beside it: an input and its logits.
found()
{
    for folder in "$srcdir/tests/golden/weights" "$golden"; do
        path=$folder/$1
        case $1 in
            onnx/*) reference=${path%_*}.reference.safetensors ;;
            *.*) reference=${path%/*}/reference.safetensors ;;
            *) reference=$path/reference.safetensors ;;
        esac
        [ ! -e "$path" ] || return 0
    done
    return 1
}

# differs BACKEND KEY LIMIT: how the logits of the network at `path` are others.
differs()
{
    [ "$2" = - ] && key= || key=--weights-key=$2
    on "$1" "$run" predict "$path" $key --backend="$1" --quiet --input="$reference" \
        --save=y.safetensors >stdout 2>stderr || { cat stderr; return; }
    python3 "$srcdir/tests/e2e/tensors.py" close y.safetensors logits "$reference" logits "$3" 2>&1
}

for backend in reference cpu_blas onednn opencl cudnn; do
    on $backend "$run" predict "$srcdir/tests/golden/weights/torch_legacy/weights.pth" --dry-run \
        --backend=$backend >stdout 2>stderr
    [ $? != 3 ] || { skip "networks on $backend" "$(tail -n 1 stderr)"; continue; }
    while read -r name key limit sample; do
        what="$name on $backend"
        [ $backend$sample != cudnn ] || is_long || continue
        if ! found "$name"; then
            skip "$what" 'neither tests/golden nor RESNET_GOLDEN has it'
            continue
        fi
        offenders=$(differs $backend "$key" "$limit")
        case $offenders in
            *'this build cannot read: '*) skip "$what" "$offenders" ;;
            *) verdict "$what" "$offenders" ;;
        esac
    done <list
done
finish
