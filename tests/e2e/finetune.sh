#!/bin/sh
# finetune.sh: the walk-through of using.md, "Fine-tuning", as it stands there.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'the walk-through of fine-tuning'
if ! command -v python3 >/dev/null; then
    skip 'the walk-through of fine-tuning' 'there is no python3, which fashion-pictures needs'
    exit 77
fi

# Its commands, with the program of this build and without the pages around them.
ln -s "$srcdir/share" share
mkdir bin && ln -s "$run" bin/resnet-run
sed -n '/^## Fine-tuning/,/^## /{ /^    \(share\|resnet-run\)/p; }' "$srcdir/share/doc/using.md" >steps.sh
verdict 'it has four commands' "$([ "$(wc -l <steps.sh)" = 4 ] || show steps.sh)"
expect 0 'epoch 8/8' 'they run' env PATH="$work/bin:$PATH" sh -e steps.sh
verdict 'without a warning' "$(grep '^resnet-run: ' stderr)"
verdict 'there are 200 pictures to train on' \
    "$([ "$(find photos/train -name '*.png' | wc -l)" = 200 ] || find photos | head)"
accuracy=$(tail -n 1 runs/tuned/metrics.csv | cut -d, -f7)
verdict "the new classes are learnt: $accuracy of the validation pictures" \
    "$(awk -v found="$accuracy" 'BEGIN { exit found < 0.7 }' || show runs/tuned/metrics.csv)"

# The stem has the bits of the weights that it came from; the rest moved.
tensor() { "$run" convert "$1" "$1.safetensors" --overwrite >/dev/null && cat "$1.safetensors"; }
stem() { "$run" predict "$srcdir/share/models/$1.cfg" -o "runs/$2" --quiet \
    --features=bn1 --save="$2-stem.safetensors" photos/val/coat/0001.png "$@" >/dev/null; }
finish
