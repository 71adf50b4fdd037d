#!/bin/sh
# pictures.sh: the commands on every data set, each holding the same pictures.
. "$srcdir/tests/e2e/e2e.sh"
net=$srcdir/tests/config/nets/pictures.cfg
if ! python3 "$srcdir/tests/e2e/make_pictures.py" sets 2>stderr; then
    skip 'data sets of pictures' "python3 could not make them: $(head -n 1 stderr)"
    exit 77
fi

# given KIND COMMAND ...: the command on a data set.
given()
{
    kind=$1 command=$2
    shift 2
    case $kind in
        numbers | grey) dataset=list ;;
        npy | safetensors) dataset=tensors ;;
        cifar) dataset=cifar10 ;;
        shards) dataset=tar ;;
        *) dataset=$kind ;;
    esac
    case $kind in
        grey | idx) set -- --set=network.input.channels=1 "$@" ;;
        shards) set -- '--set=data.train=train-{000..001}.tar' \
            '--set=data.validation=val-{000..001}.tar' "$@" ;;
    esac
    "$run" "$command" "$net" --backend=reference --threads=1 --set="data.dataset=$dataset" \
        --set="data.path=sets/$kind" "$@"
}

# The classes of a file of weights.
classes() { contents "$1" | tr '\n' ',' | sed 's/.*"class_names":"\(\[[^]]*\]\)".*/\1/'; }
names='[\"airplane\",\"automobile\",\"bird\",\"cat\",\"deer\",\"dog\",'
names=$names'\"frog\",\"horse\",\"ship\",\"truck\"]'
numbers='[\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]'

# ---- Each by itself ----

for kind in folder list numbers shards cifar npy safetensors grey idx; do
    expect 0 '' "train on $kind" given $kind train --quiet --output=$kind
    expect 0 'top-1' "eval on $kind" given $kind eval --output=$kind
    sed '/^images.s /d; /^$/q' stdout >$kind.eval
    expect 0 '' "predict on $kind" given $kind predict --output=$kind --count=20
    cp stdout $kind.predict
    expect 0 '100 samples, 10 classes' "data on $kind" given $kind data --quiet --output=$kind
    grep -A1 '^  mean' stdout >$kind.data
    verdict "a contact sheet of $kind" "$(
        head -c 8 $kind/samples.png | od -An -c | grep -q 'P   N   G' || echo 'no PNG')"
    case $kind in
        folder | list | shards | cifar) expected=$names ;;
        *) expected=$numbers ;;
    esac
    verdict "the classes of $kind are in its checkpoint and model" "$(
        for file in checkpoint model; do
            found=$(classes $kind/$file.safetensors)
            [ "$found" = "$expected" ] || echo "$file: $found"
        done)"
done

# ---- The same pictures, in the same order ----

for kind in list numbers cifar npy safetensors; do
    verdict "$kind: the weights are those of the folder" "$(
        same_tensors folder/model.safetensors $kind/model.safetensors
        same_tensors folder/checkpoint.safetensors $kind/checkpoint.safetensors)"
    verdict "$kind: the same accuracy, mean and deviation" "$(
        diff folder.eval $kind.eval
        diff folder.data $kind.data)"
done
verdict 'idx: the weights are those of the list of grey pictures' "$(
    same_tensors grey/model.safetensors idx/model.safetensors
    diff grey.eval idx.eval
    diff grey.data idx.data)"
verdict 'shards: the same mean and deviation' "$(diff folder.data shards.data)"
expect 0 'top-1' 'a model of the folder on shards' given shards eval --output=folder
sed '/^images.s /d; /^$/q' stdout >other.eval
verdict 'a stream evaluates to the same' "$(diff folder.eval other.eval)"
expect 0 '' 'predictions from shards' given shards predict --output=folder --count=20
verdict 'name the classes' "$(grep -q airplane stdout || show stdout)"

# ---- Other classes ----

expect 4 'class "0" of sets/numbers/val.txt is not among' 'a model used with other classes' \
    given numbers eval --output=folder
expect 4 'class "0" of sets/numbers/val.txt is not among' 'and for predictions' \
    given numbers predict --output=folder
expect 0 'top-1' '--allow-changed accepts them' \
    given numbers eval --output=folder --allow-changed

cp -r sets/folder sets/renamed
renamed()
{
    "$run" "$@" "$net" --set=data.dataset=folder --set=data.path=sets/renamed --output=renamed
}
expect 0 '' 'a run before its classes change' renamed train --quiet
mv sets/renamed/val/truck sets/renamed/val/wagon
expect 4 'class "wagon" of sets/renamed/val is not among' 'splits of different classes' \
    renamed train --overwrite
mv sets/renamed/train/truck sets/renamed/train/wagon
for command in eval predict 'train --resume'; do
    # shellcheck disable=SC2086 # words
    expect 4 '"wagon"' "$command after a class was renamed" renamed $command
done

# A split that lacks classes, the first among them, keeps the labels of the others.
rm -r sets/folder/val/airplane sets/folder/val/deer
for kind in list numbers; do
    grep -v -e airplane -e deer sets/$kind/val.txt >kept
    cp kept sets/$kind/val.txt
done
for kind in folder list numbers; do
    expect 0 'images              16' "a split of $kind that lacks classes" \
        given $kind eval --output=$kind
    sed '/^images.s /d; /^$/q' stdout >$kind.eval
done
verdict 'evaluates to the same in every form' "$(
    diff numbers.eval folder.eval
    diff numbers.eval list.eval)"

# ---- Parts ----

share() { given folder "$@" --set=data.path=sets/folder/train --set=data.validation_share=0.25; }
expect 0 '75 samples' 'the share that is left to train on' share data --quiet --output=share
expect 0 '25 samples' 'the share for validation' \
    share data --quiet --split=validation --output=share
expect 0 '' 'training with a share' share train --quiet --output=share
expect 0 '' 'the same again' share train --quiet --output=again
same_results share again 'the share is the same again'
expect 0 '' 'the same of another seed' share train --quiet --output=other --seed=8
verdict 'another seed has another share' "$(
    share data --quiet --output=share --split=validation --dump=one.safetensors >/dev/null
    share data --quiet --output=share --split=validation --dump=two.safetensors --seed=8 >/dev/null
    cmp -s one.safetensors two.safetensors && echo 'the same samples')"
expect 0 '30 samples' 'a limit' given folder data --quiet --set=data.train_limit=30 --output=share

# ---- The dump ----

expect 0 'dump.safetensors' 'a dump' \
    given folder data --quiet --output=share --dump=dump.safetensors \
    --set='data.mean=[0.0]' --set='data.std=[1.0]'
verdict 'it holds the bytes of the pictures' "$(python3 - <<'PYTHON'
import json, struct
data = open("dump.safetensors", "rb").read()
size = 8 + struct.unpack("<Q", data[:8])[0]
images = json.loads(data[8:size])["images"]
begin, end = images["data_offsets"]
if (images["dtype"], images["shape"]) != ("U8", [100, 3, 32, 32]):
    print(images)
pixels = open("sets/npy/train/images.npy", "rb").read()[-100 * 3 * 32 * 32:]
if data[size + begin:size + end] != pixels:
    print("other bytes")
PYTHON
)"

# ---- What cannot be ----

expect 2 'data: dataset: found "foler"; did you mean "folder"?' 'a data set that is not known' \
    "$run" data "$net" --set=data.dataset=foler
expect 4 'sets/nowhere' 'a folder that is not there' \
    "$run" data "$net" --set=data.dataset=folder --set=data.path=sets/nowhere
expect 2 'network.input.channels is 2' 'two channels of colour pictures' \
    given folder data --set=network.input.channels=2
expect 2 'network.classes is 9' 'more classes than the network has' \
    given folder train --set=network.classes=9 --output=nine
expect 4 'data.validation_share cannot' 'a share of a stream' \
    given shards train --set=data.validation_share=0.1 --output=stream
finish
