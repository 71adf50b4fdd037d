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
sed -n '/^## Fine-tuning/,/^## /{ /^    \(share\|resnet-run\)/p; }' \
    "$srcdir/share/doc/using.md" >steps.sh
verdict 'it has four commands' "$([ "$(wc -l <steps.sh)" = 4 ] || show steps.sh)"
expect 0 'epoch 8/8' 'they run' env PATH="$work/bin:$PATH" sh -e steps.sh
verdict 'without a warning' "$(grep '^resnet-run: ' stderr)"
verdict 'there are 200 pictures to train on' \
    "$([ "$(find photos/train -name '*.png' | wc -l)" = 200 ] || find photos | head)"
accuracy=$(tail -n 1 runs/tuned/metrics.csv | cut -d, -f7)
verdict "the new classes are learnt: $accuracy of the validation pictures" \
    "$(awk -v found="$accuracy" 'BEGIN { exit found < 0.7 }' || show runs/tuned/metrics.csv)"

# The stem has the bits of the weights that it came from; the rest moved.
verdict 'the stem stays, the body moves' "$(python3 - runs/base runs/tuned <<'END'
import json, struct, sys

def tensors(folder):
    data = open(folder + "/model.safetensors", "rb").read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    for name, about in json.loads(data[8:start]).items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            yield name, data[start + begin : start + end]

base, tuned = (dict(tensors(folder)) for folder in sys.argv[1:])
for name in ("conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean"):
    if base[name] != tuned[name]:
        print(name, "changed")
for name in ("layer1.0.conv1.weight", "layer3.0.conv2.weight", "fc.weight"):
    if base[name] == tuned[name]:
        print(name, "did not change")
END
)"
finish
