#!/bin/sh
# convert.sh: weights written in other programs' formats, and read back. What those programs say of
# them is in tests/peers/round_trip.sh.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'weights to write'
"$run" train "$net" --quiet --backend=reference --threads=1 --set=train.max_steps=5 --output=model
verdict 'a run to convert' "$([ -f model/model.safetensors ] || ls model)"
convert() { "$run" convert "$@"; }

# evaluate MODEL OPTION...: what eval says of the model, but for its speed and its files.
evaluate()
{
    "$run" eval "$@" --backend=reference --threads=1 | sed -e '/^images.s /d' -e '/^written$/,$d'
}

# evaluates WHAT MODEL OPTION...: the loss and the accuracy are those of the run.
evaluates()
{
    what=$1
    shift
    evaluate "$@" 2>stderr >found
    verdict "$what evaluates to the same" "$(diff -B evaluated found || cat stderr)"
}

evaluate model >evaluated
verdict 'there is something to compare' "$(grep -q top-1 evaluated || cat evaluated)"

# ---- Formats ----

expect 0 'out.safetensors: safetensors, 5562 numbers' 'safetensors' convert model out.safetensors
verdict 'the tensors are those of the run' \
    "$(same_tensors model/model.safetensors out.safetensors)"
expect 0 '' 'safetensors again' convert out.safetensors again.safetensors
verdict 'a file converted twice keeps its tensors' \
    "$(same_tensors out.safetensors again.safetensors)"
evaluates 'the safetensors file' out.safetensors

expect 0 'out.cfg: cfg' 'a cfg' convert model out.cfg
evaluates 'the cfg' out.cfg --weights=model
expect 0 '' 'a cfg of a cfg needs no weights' \
    convert "$net" other.cfg --set=train.max_steps=5 --output=none
verdict 'and is the same as that of the run' "$(diff out.cfg other.cfg)"

expect 0 'out.pth: pth, 5562 numbers' 'a state dict' convert model out.pth
evaluates 'the state dict' out.cfg --weights=out.pth
expect 0 '' 'weights of a cfg' convert out.cfg back.safetensors --weights=out.pth
verdict 'a state dict brings the same bits back' \
    "$(same_tensors model/model.safetensors back.safetensors)"
expect 0 '' 'a state dict again' convert out.cfg again.pth --weights=out.pth
verdict 'which is the same file' "$(cmp out.pth again.pth 2>&1)"

# A network with a shortcut without parameters.
plain=plain.cfg
cat >$plain <<CFG
extends = "$srcdir/tests/config/nets/repeat.cfg";
network = {
  layers = (
    { block = "conv2d"; name = "conv1"; channels = 4; kernel = 3; padding = 1; },
    { stage = "layer1"; block = "residual/basic"; channels = 8; repeat = 2; shortcut = "A";
      first = { stride = 2; }; },
    { block = "global_avg_pool"; },
    { block = "flatten"; },
    { block = "linear"; name = "fc"; }
  );
};
data = { mean = [0.3]; std = [0.4]; };
CFG
"$run" train "$plain" --quiet --backend=reference --threads=1 --output=plain
evaluate plain >evaluated
if convert plain plain.onnx >stdout 2>stderr; then
    ok 'an ONNX model'
    evaluates 'the ONNX model' "$plain" --weights=plain.onnx
    evaluates 'the ONNX model alone' plain.onnx
    verdict 'as it tells all' "$(cat stderr)"
    expect 0 '' 'and comes back' convert "$plain" back.safetensors --overwrite --weights=plain.onnx
    verdict 'with the same bits' "$(same_tensors plain/model.safetensors back.safetensors)"
    expect 0 '' 'an ONNX model again' convert "$plain" again.onnx --weights=plain.onnx
    expect 0 '' 'a model of a thousand classes that nobody names' \
        convert "$srcdir/tests/weights/onnx/thousand.onnx" thousand.cfg
    verdict 'gets the names of ImageNet' \
        "$(grep -q 'class_names = "imagenet1k";' thousand.cfg || cat thousand.cfg)"
    expect 0 '' 'an ONNX model with folded batch norms' convert plain folded.onnx --fold
    evaluates 'which' folded.onnx
else
    verdict 'a build without ONNX says what to install' \
        "$(grep -q libprotobuf-c-dev stderr || cat stderr)"
fi

# ---- What a target cannot express ----

for to in timm transformers; do
    expect 4 "--to=$to" "a network that $to does not have" convert model folder --to=$to
    verdict 'leaves nothing behind' "$([ ! -e folder ] || ls folder)"
done

# ---- The command line ----

expect 2 'no file to write' 'no target' convert model
expect 2 'give --to=KIND' 'an ending that tells no format' convert model out.bin
expect 0 '' 'whatever the ending' convert model out.bin --to=pth
expect 2 '--to=tflite: expected safetensors' 'an unknown format' convert model out --to=tflite
expect 2 '--fold is for onnx' '--fold elsewhere' convert model new.pth --fold
expect 2 'more.pth' 'two targets' convert model new.pth more.pth
expect 2 '--to is for convert' '--to elsewhere' "$run" eval model --to=pth
verdict 'nothing was written' "$(ls new.pth more.pth out 2>/dev/null)"

# ---- What is there already ----

cksum out.pth >before
expect 2 '--overwrite' 'a file that exists' convert model out.pth
verdict 'it is unchanged' "$(cksum out.pth | diff before -)"
expect 0 '' '--overwrite' convert model out.pth --overwrite
expect 0 '' 'a model in its own place' convert out.safetensors out.safetensors --overwrite
verdict 'keeps its tensors' "$(same_tensors out.safetensors again.safetensors)"
expect 2 'it is a folder' 'a folder in place of a file' convert model model --to=pth --overwrite
expect 2 'it is a file' 'a file in place of a folder' convert model out.pth --to=timm --overwrite
expect 2 'model/model.safetensors: it exists' "a run's own folder" convert model model --to=timm

# ---- Bad input ----

expect 4 'no trained weights' 'a cfg without weights' convert "$net" new.pth --output=none
expect 4 'tensors are missing' 'weights of another network' \
    convert "$srcdir/tests/config/nets/repeat.cfg" new.pth --weights=model
expect 4 'data.mean was' 'weights of another configuration' \
    convert model new.pth '--set=data.mean=[0.9]'
head -c 20000 out.safetensors >cut.safetensors
expect 4 'cut.safetensors' 'a damaged file' convert cut.safetensors new.pth
expect 4 'new.pth' 'a folder that is not there' convert model none/new.pth
verdict 'nothing was written' "$(ls new.pth 2>/dev/null)"

# ---- No room ----

# A file system of 16 KiB; the weights take 22 kB.
small_disk()
{
    unshare -rm sh -c 'mkdir -p small && mount -t tmpfs -o size=16k none small && "$@" || exit
        ls small >&2' sh "$@"
}
if small_disk true 2>/dev/null; then
    for file in new.safetensors new.pth new.onnx; do
        [ -f plain.onnx ] || [ $file != new.onnx ] || continue
        expect 4 "small/$file" "no room for $file" small_disk "$run" convert model small/$file
    done
else
    skip 'no room for the weights' 'a small file system cannot be mounted here'
fi
verdict 'no half-written file is left' "$(find . -name '*.tmp')"
finish
