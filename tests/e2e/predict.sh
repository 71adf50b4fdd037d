#!/bin/sh
# predict.sh: pictures, folders, lists and tensors through a network that another program saved.
. "$srcdir/tests/e2e/e2e.sh"
golden=$srcdir/tests/golden
weights=$golden/weights/torch_bfloat16
files=$golden/images/files
cat >net.cfg <<'CFG'
network = { input = { channels = 3; height = 64; width = 64; }; classes = 7; layers = (
  { block = "conv2d"; name = "conv1"; channels = 8; kernel = 7; stride = 2; padding = 3; },
  { block = "batch_norm"; name = "bn1"; }, { block = "relu"; },
  { block = "max_pool"; kernel = 3; stride = 2; padding = 1; },
  { stage = "layer1"; block = "residual/basic"; repeat = 1; channels = 8; },
  { stage = "layer2"; block = "residual/basic"; repeat = 2; channels = 16;
    first = { stride = 2; }; },
  { stage = "layer3"; block = "residual/basic"; repeat = 1; channels = 32;
    first = { stride = 2; }; },
  { stage = "layer4"; block = "residual/basic"; repeat = 1; channels = 64;
    first = { stride = 2; }; },
  { block = "global_avg_pool"; }, { block = "flatten"; }, { block = "linear"; name = "fc"; } ); };
data = { transforms = { validation = ( { transform = "resize"; size = [64, 64]; } ); }; };
CFG
predict()
{
    "$run" predict net.cfg --weights="$weights/model.safetensors" --backend=reference \
        --threads=1 "$@"
}
close() { python3 "$srcdir/tests/e2e/tensors.py" close "$@" 2>&1; }

# ---- Pictures ----

mkdir -p many/below empty loop/below
cp "$files/rgb.png" many/b.png
cp "$files/jpeg_420.jpg" many/below/a.jpg
echo notes >many/notes.txt
ln -s .. loop/below/up
cp "$files/rgb.png" 'loop/odd, "name".png'
: >zero.jpg
echo text >text.jpg
printf 'many/b.png\n\nmany/below\r\n' >list

expect 0 'many/b.png' 'a picture' predict many/b.png
cp stdout one
verdict 'has five classes' "$([ "$(wc -l <one)" = 5 ] || show one)"
expect 0 '' 'a folder, and those below it, by content of pictures' \
    predict many --format=csv --top=1
cp stdout folder
verdict 'in the order of names' "$(
    cut -d, -f1 folder | tr '\n' ' ' | grep -qx 'image many/b.png many/below/a.jpg ' ||
        show folder)"
expect 0 '' 'a list' predict @list --format=csv --top=1
verdict 'says the same' "$(cmp folder stdout 2>&1)"
expect 0 '' 'a list on standard input' predict - --format=csv --top=1 <list
verdict 'says the same, too' "$(cmp folder stdout 2>&1)"
expect 0 '' 'one batch for each picture' predict many --format=csv --top=1 --set=train.eval_batch=1
verdict 'says the same all the same' "$(cmp folder stdout 2>&1)"
expect 0 '' 'more classes than there are' predict many/b.png --top=100 --format=csv
verdict 'prints all of them, whose probabilities add up to 1' "$(
    awk -F, 'NR > 1 { n++; sum += $5; if (NR > 2 && $5 > last) print "order"; last = $5 }
        END { if (n != 7 || sum < 0.99999 || sum > 1.00001) print n, sum }' stdout)"
expect 0 '"file":"loop/odd, \"name\".png"' 'JSON of a folder that holds itself' predict loop --json
is_json 'is JSON' stdout
expect 0 '"loop/odd, ""name"".png",1,' 'CSV of an odd name' predict loop --format=csv
expect 0 '' 'embeddings' predict many --features --format=csv
verdict 'are as many as the last layer takes' "$(
    awk -F, 'NF != 65 { print NF " fields" }' stdout)"

# ---- What cannot be read ----

# fails WORDS WHAT COMMAND...: status 4, and standard error is these words' lines.
fails()
{
    words=$1 what=$2
    shift 2
    "$@" >stdout 2>stderr
    found=$?
    verdict "$what" "$([ $found = 4 ] || echo "exit status $found"
        printf '%s\n' "$words" | while IFS= read -r line; do
            grep -qF -- "$line" stderr || { echo "no $line"; cat stderr; }
        done)"
}
fails 'text.jpg: no picture
zero.jpg: it is empty
missing.jpg: cannot read it
3 of 4 pictures could not be read' 'bad pictures are reported' \
    predict text.jpg many/b.png zero.jpg missing.jpg
verdict 'and the rest is predicted' "$(sed 's/png  */png   /; s/^  */  /' one >wanted
    sed 's/png  */png   /; s/^  */  /' stdout | diff wanted -)"
expect 4 'text.jpg: no picture' 'or the first ends it' predict --on-error=stop text.jpg many/b.png
verdict 'and nothing is predicted' "$(cat stdout)"
expect 4 'empty: no picture in the folder' 'an empty folder' predict empty
expect 4 'it names no picture' 'nothing on standard input' predict - </dev/null
expect 4 'nolist: cannot open the list' 'a missing list' predict @nolist
expect 4 'it holds a byte 0' 'a picture for a list' predict @many/b.png
expect 2 'give it, or pictures, not both' 'pictures and a tensor' predict --input=x many
expect 2 'give it, or --format=csv, not both' 'two formats' predict many --json --format=csv
expect 2 'add --save' 'an activation for nothing' predict many --activation=layer1.0
expect 2 'did you mean "layer2.1"' 'an unknown layer' \
    predict many --activation=layer2.11 --save=y.safetensors
expect 4 'nowhere/y.safetensors: cannot write it' 'a file that cannot be' \
    predict many --save=nowhere/y.safetensors
verdict 'is found before the work' "$(cat stdout)"
expect 4 'no trained weights' 'a cfg without weights' "$run" predict net.cfg many/b.png
expect 4 'none called "x"' 'a file of other tensors' \
    predict --input="$weights/model.safetensors"
expect 4 'expected images of 1 channels' 'a tensor of another number of channels' \
    predict --input="$weights/reference.safetensors" --set=network.input.channels=1

# ---- Tensors ----

if ! command -v python3 >/dev/null; then
    skip 'tensors' 'there is no python3 to compare them'
    finish
fi
for backend in reference cpu_blas onednn opencl; do
    set -- --backend=$backend --input="$weights/reference.safetensors" --save=y.safetensors
    predict "$@" --dry-run >stdout 2>stderr
    [ $? != 3 ] || { skip "tensors on $backend" "$(tail -n 1 stderr)"; continue; }
    expect 0 '' "a tensor on $backend" predict "$@"
    verdict "PyTorch's logits on $backend" "$(
        close y.safetensors logits "$weights/reference.safetensors" logits 1e-4)"
    expect 0 '' "layers, in batches of one on $backend" predict "$@" --features \
        --activation=conv1,layer2.0,layer2.0.conv2,fc --set=train.eval_batch=1
    verdict "do not change the logits on $backend" "$(
        close y.safetensors logits "$weights/reference.safetensors" logits 1e-4
        close y.safetensors fc y.safetensors logits 0)"
    for tensor in features conv1 layer2.0 layer2.0.conv2; do
        [ $backend != reference ] || cp y.safetensors oracle.safetensors
        verdict "$tensor on $backend" "$(
            close y.safetensors $tensor oracle.safetensors $tensor 1e-5)"
    done
    case $backend in reference)
        verdict 'their shapes' "$(for tensor in features conv1 layer2.0 probabilities; do
            python3 "$srcdir/tests/e2e/tensors.py" shape y.safetensors $tensor
        done | tr '\n' ' ' | grep -vx '2,64 2,8,32,32 2,16,8,8 2,7 ')" ;;
    esac
done
finish
