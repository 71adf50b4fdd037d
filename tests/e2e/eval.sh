#!/bin/sh
# eval.sh: evaluation: its figures, its files, where they go, and what it refuses.
. "$srcdir/tests/e2e/e2e.sh"
pictures=$srcdir/tests/config/nets/pictures.cfg
if ! python3 "$srcdir/tests/e2e/make_pictures.py" sets 2>stderr; then
    skip 'evaluation' "python3 could not make pictures: $(head -n 1 stderr)"
    exit 77
fi

# given KIND COMMAND ...: a command on a data set of the same pictures.
given()
{
    kind=$1 command=$2
    shift 2
    "$run" "$command" "$pictures" --backend=reference --threads=1 --set="data.dataset=$kind" \
        --set="data.path=sets/$kind" "$@"
}
files='calibration.csv confusion.csv confusion.png evaluation.html mistakes.png'
# left FOLDER: which of the files are there.
left() { (cd "$1" && ls $files 2>/dev/null | tr '\n' ' ' | sed 's/ $//'); }

# ---- Files ----

expect 0 '' 'a run' given folder train --quiet --output=mine
expect 0 'top-5' 'an evaluation of the run' given folder eval --output=mine
cp stdout figures
verdict 'leaves its files in the run' "$([ "$(left mine)" = "$files" ] || left mine)"
verdict 'which it lists' "$(for file in $files; do
    grep -qx "  mine/$file" figures || echo "$file"
done)"
verdict 'the page needs no other file and no script' "$(
    grep -oE '(src|href)="[^"]{0,30}|<script|@import|url\(' mine/evaluation.html |
        grep -v 'src="data:image/png;base64,')"
verdict 'the page shows every mistake' "$(
    shown=$(grep -c '<li>' mine/evaluation.html)
    mistakes=$(awk -F, 'NR > 1 { for (i = 2; i <= NF; i++) if (i != NR) n += $i }
        END { print n < 24 ? n : 24 }' mine/confusion.csv)
    [ "$shown" = "$mistakes" ] || echo "$shown, not $mistakes")"
verdict 'which it names without the folder that it has named' "$(
    grep -o 'class="file">/[^<]*' mine/evaluation.html | head -n 3)"
verdict 'the confusion matrix counts every image' "$(
    awk -F, 'NR > 1 { for (i = 2; i <= NF; i++) n += $i } END { print n, NR }' mine/confusion.csv |
        grep -vx '20 11')"
verdict 'it is right as often as the figures say' "$(
    awk -F, 'NR > 1 { n += $NR } END { printf "%.4f\n", n / 20 }' mine/confusion.csv >right
    sed -n 's/^top-1 *//p' figures | diff - right)"

expect 0 '' 'weights of a file' \
    given folder eval --weights=mine/model.safetensors --output=elsewhere --quiet
verdict 'leave nothing' "$([ ! -e elsewhere ] || ls elsewhere)"
verdict 'and --quiet says the figures alone' "$(wc -l <stdout | grep -vx ' *6')"
expect 0 '' 'a report of them' \
    given folder eval --weights=mine/model.safetensors --report=a/b --quiet
verdict 'is where it should be' "$([ "$(left a/b)" = "$files" ] || left a/b)"
expect 4 'figures is not a folder' 'a folder that cannot be made' \
    given folder eval --output=mine --report=figures/x
expect 0 '' 'a dry run' given folder eval --output=mine --report=dry --dry-run
verdict 'leaves nothing' "$([ ! -e dry ] || ls dry)"
expect 0 '' 'the run anew' given folder train --quiet --output=mine --overwrite
verdict 'has nothing of the evaluation before' "$(left mine)"

# ---- Figures ----

expect 0 '' 'JSON' given folder eval --output=mine --json
is_json 'is JSON' stdout
verdict 'and has every figure' "$(python3 - <<'PYTHON'
import json
r = json.load(open("stdout"))
assert set(r) == {"images", "loss", "top1", "top5", "ece", "images_per_s", "files", "classes"}, r
assert r["images"] == 20 and 0 <= r["top1"] <= r["top5"] <= 1 and 0 <= r["ece"] <= 1, r
assert [c["images"] for c in r["classes"]] == [2] * 10, r
assert r["classes"][3]["name"] == "cat" and len(r["files"]) == 5, r
right = sum(c["recall"] * c["images"] for c in r["classes"])
assert abs(right - 20 * r["top1"]) < 1e-6, r
PYTHON
)"
loss() { sed -n 's/^loss *//p' stdout; }
expect 0 '' 'the loss' given folder eval --output=mine --quiet
plain=$(loss)
expect 0 '' 'with label smoothing' \
    given folder eval --output=mine --quiet --set=train.label_smoothing=0.3
verdict 'is the same' "$([ "$(loss)" = "$plain" ] || echo "$(loss), not $plain")"
top1=$(sed -n 's/^top-1 *//p' stdout)
expect 0 'top-1' 'a limit that it keeps' given folder eval --output=mine --min-top1="$top1"
expect 1 'less than --min-top1=1' 'a limit that it does not keep' \
    given folder eval --output=mine --min-top1=1
verdict 'prints its figures first' "$(grep -q '^top-1' stdout || show stdout)"
for value in 1.1 -1 x nan ''; do
    expect 2 'expected a share from 0 to 1' "--min-top1=$value" \
        given folder eval --output=mine --min-top1="$value"
done
expect 2 '--report is for eval, not for predict' 'a report of another command' \
    given folder predict --report=x

# ---- Names of classes ----

seq 1 10 | sed 's/^/kind /' >kinds.txt
numbers()
{
    names=$1
    shift
    "$run" eval "$pictures" --backend=reference --threads=1 --set=data.dataset=list \
        --set=data.path=sets/numbers --weights=mine/model.safetensors --allow-changed \
        --set=network.class_names="$names" --report=named "$@"
}
expect 0 '"name": "kind 10"' 'names of a file' numbers ./kinds.txt --json
expect 0 '"name": "truck"' 'installed names' numbers cifar10 --json
expect 2 'names 1000 classes, but network.classes is 10' 'names of another data set' \
    numbers imagenet1k
expect 4 '"imagenet2"' 'names that are not there' numbers imagenet2
expect 0 '' 'a run on numbers' "$run" train "$pictures" --backend=reference --threads=1 --quiet \
    --set=data.dataset=list --set=data.path=sets/numbers --output=numbered
expect 0 '"name": "kind 3"' 'gets names later' "$run" eval "$pictures" --backend=reference --json \
    --set=data.dataset=list --set=data.path=sets/numbers --set=network.class_names=./kinds.txt \
    --output=numbered
expect 0 '' 'a run with names' "$run" train "$pictures" --backend=reference --threads=1 --quiet \
    --set=data.dataset=list --set=data.path=sets/numbers --set=network.class_names=./kinds.txt \
    --output=kinds
verdict 'records them, and not the path' "$(
    contents kinds/model.safetensors >text
    grep -q 'kind 10' text || show text
    grep 'kinds.txt' text)"
mkdir -p hostile
cp -r sets/folder/val 'hostile/val'
mv hostile/val/cat 'hostile/val/<b onclick="x">&'
expect 0 '' 'a class and files with hostile names' "$run" eval "$pictures" --backend=reference \
    --set=data.dataset=folder --set=data.path=hostile --weights=mine/model.safetensors \
    --allow-changed --report=hostile --quiet
verdict 'are text on the page' "$(grep -c '<b onclick' hostile/evaluation.html | grep -vx 0)"

mkdir -p fewer
cp -r sets/folder/val fewer/val
rm -r fewer/val/cat
expect 0 '' 'weights without names' "$run" convert mine unnamed.pth
expect 0 '' 'a folder of fewer classes' "$run" eval "$pictures" --backend=reference \
    --set=data.dataset=folder --set=data.path=fewer --weights=unnamed.pth --report=fewer
verdict 'is said to be taken by number' "$(
    grep -q 'fewer/val has 9 classes and unnamed.pth has 10 outputs without names' stderr ||
        show stderr)"
finish
