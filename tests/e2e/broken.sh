#!/bin/sh
# broken.sh: of many files a few are broken, each in another way; exactly those are skipped, or the
# first of them ends the command.
. "$srcdir/tests/e2e/e2e.sh"
count=2200
! is_long || count=11000
corpus=$srcdir/tests/fuzz/corpus/decode
if ! python3 "$srcdir/tests/e2e/make_broken.py" "$corpus" set $count 2>stderr; then
    skip 'broken files' "python3 could not make them: $(tail -n 1 stderr)"
    exit 77
fi
net=$srcdir/tests/config/nets/pictures.cfg
given()
{
    command=$1
    shift
    "$run" "$command" "$net" --quiet --backend=reference --threads=1 --set=train.epochs=1 \
        --set=train.batch=50 --set=data.dataset=folder --set=data.path=set "$@"
}
n_broken=$(wc -l <set/broken.txt)
skips='--set=data.on_error=skip'

# listed FILE SPLIT...: the first column of FILE is exactly the broken files of the splits.
listed()
{
    file=$1
    shift
    cut -f1 "$file" | sort >found
    for split in "$@"; do
        sed "s|/train/|/$split/|" set/broken.txt
    done | sort | diff - found | head -n 5
}

# ---- Skipped ----

for workers in 1 3; do
    expect 0 '' "training skips them, $workers workers" \
        given train $skips --output=run$workers --set=data.workers=$workers
    verdict "exactly the broken files are listed, $workers workers" \
        "$(listed run$workers/skipped.txt train val)"
done
same_results run1 run3 'the same results on 1 and 3 workers'
verdict 'in the same order' "$(diff run1/skipped.txt run3/skipped.txt | head -n 5)"
verdict 'each with a reason' "$(
    awk -F '\t' 'NF != 2 || length($2) < length($1) + 5' run1/skipped.txt | head -n 5)"
verdict 'the number of skipped images is said' "$(
    given train $skips --output=again 2>&1 |
        grep -q "$((2 * n_broken)) samples could not be read and were skipped" || echo no)"
# What is looked at of a picture does not matter.
expect 0 '' 'training on small parts of pictures' given train $skips --output=parts \
    '--set=data.transforms.train=({ transform = "random_resized_crop"; scale = [0.08, 0.1]; })'
verdict 'lists the same' "$(listed parts/skipped.txt train val)"
rm run1/skipped.txt
expect 0 'top-1' 'evaluation skips them' given eval $skips --output=run1
verdict 'and lists exactly those' "$(listed run1/skipped.txt val)"
sed '/^images.s /d; /^$/q' stdout >skipped.eval
sed 's|/train/|/val/|' set/broken.txt | xargs rm
expect 0 'top-1' 'evaluation without them' given eval --output=run1
verdict 'gives the same' "$(sed '/^images.s /d; /^$/q' stdout | diff skipped.eval -)"

# ---- Stopped ----

first=$(head -n 1 run3/skipped.txt | cut -f1)
reason=$(head -n 1 run3/skipped.txt | cut -f2)
for workers in 1 3; do
    expect 4 "$reason" "training stops at the first in the order of the epoch, $workers workers" \
        given train --output=stopped$workers --set=data.workers=$workers
done
verdict 'with its name and the byte' "$(
    for part in "$first: " byte; do
        grep -qF -e "$part" stderr || show stderr
    done)"
list() { given data --set=data.dataset=list --set=data.train=list.txt --output=run1 "$@"; }
expect 4 '1 of 3 samples cannot be read' 'a list that names a folder' list
expect 0 'set/train: cannot read it: it is a folder' 'which can be skipped' list $skips

# ---- Surveyed ----

expect 4 "$n_broken of $count samples cannot be read" 'data counts them' given data --output=run1
given data --output=run1 --json >survey.json 2>stderr
verdict 'and lists all' "$(python3 - <<'PYTHON'
import json
found = [entry["reason"].split(": ")[0] for entry in json.load(open("survey.json"))["broken"]]
expected = open("set/broken.txt").read().split()
print("\n".join(sorted(set(found) ^ set(expected))[:5]), end="")
PYTHON
)"
expect 0 "$n_broken samples cannot be read" 'data with on_error = "skip"' \
    given data $skips --output=run1
finish
