#!/bin/sh
# caches.sh: training from a cache of pictures has the results of training without; a cache is
# shared by later runs, and made by those alone that take steps.
. "$srcdir/tests/e2e/e2e.sh"

# Pictures of several sizes and formats, some as training and some as validation data.
pictures=$srcdir/tests/fuzz/corpus/decode
mkdir -p set/train/a set/train/b set/val/a set/val/b
cp "$pictures"/41*.jpg "$pictures"/44*.jpg "$pictures"/exif*.jpg set/train/a
cp "$pictures"/grey*.png "$pictures"/cmyk.jpg set/train/b
cp "$pictures"/rgb*.png set/val/a
cp "$pictures"/palette*.png set/val/b
cat >net.cfg <<CFG
network = {
  input = { channels = 3; height = 24; width = 24; };
  classes = 2;
  layers = ( { block = "conv2d"; name = "conv"; channels = 4; kernel = 3; },
             { block = "global_avg_pool"; }, { block = "flatten"; },
             { block = "linear"; name = "fc"; } );
};
data = {
  dataset = "folder"; path = "set"; mean = 0.4; std = 0.3;
  transforms = {
    train = ( { transform = "resize"; size = 30; }, { transform = "random_crop"; size = 24; },
              { transform = "horizontal_flip"; },
              { transform = "color_jitter"; brightness = 0.4; } );
    validation = ( { transform = "resize"; size = 28; },
                   { transform = "center_crop"; size = 24; } );
  };
};
train = { epochs = 2; batch = 4; };
CFG
train() { "$run" train net.cfg --quiet --backend=reference --threads=1 "$@"; }
cached() { train --set='data.cache="kept"' "$@"; }

# What a cache is on the disk.
files() { ls -i -l --time-style=full-iso kept.* 2>&1; }

expect 0 '' 'a run without a cache' train --output=plain
expect 0 '' 'a try makes no cache' cached --output=try --dry-run
expect 0 '' 'looking at the data makes none' "$run" data net.cfg --quiet --set='data.cache="kept"' \
    --sheet=sheet.png
verdict 'there is none' "$(ls kept.* 2>/dev/null)"
expect 0 '' 'a run with a cache in memory' train --output=memory --set='data.cache="memory"'
same_results plain memory 'it has the same results'
expect 0 '' 'a run with a cache in a file' cached --output=first
same_results plain first 'it has the same results'
files >before
verdict 'each split has a file' "$([ "$(ls kept.*)" = "kept.train
kept.validation" ] || ls)"
expect 0 '' 'a second run' cached --output=second
same_results plain second 'it has the same results'
files >after
verdict 'it has taken the same files' "$(diff before after 2>&1)"
expect 0 '' 'an evaluation' "$run" eval net.cfg --backend=reference --json --output=plain
sed /images_per_s/d stdout >plain.eval
expect 0 '' 'an evaluation with a cache' \
    "$run" eval net.cfg --backend=reference --json --output=plain --set='data.cache="kept"'
verdict 'it has the same result' "$(sed /images_per_s/d stdout | diff plain.eval - 2>&1)"
files >after
verdict 'and has taken the same file' "$(diff before after 2>&1)"

touch -d 2001-01-01 set/train/b/cmyk.jpg
expect 0 '' 'a run after a picture has changed' cached --output=third
verdict 'it says so in one line' "$(
    [ "$(wc -l <stderr)" = 1 ] && grep -q 'kept.train.*made anew.*cmyk.jpg.*has changed' stderr ||
        show stderr)"
same_results plain third 'it has the same results'

cp "$pictures/rgb.jpg" set/train/a/whole.jpg
head -c 400 set/train/a/whole.jpg >set/train/a/truncated.jpg
expect 4 'truncated.jpg: ' 'a broken picture ends a run' train --output=broken
cp stderr plain.stderr
expect 0 '' 'a cache is made of what can be read' \
    train --output=skips --set='data.cache="skips"' --set='data.on_error="skip"'
expect 4 'truncated.jpg: ' 'a broken picture ends a run with a cache' \
    train --output=broken2 --set='data.cache="skips"'
verdict 'for the same reason' "$(diff plain.stderr stderr 2>&1)"
expect 0 '' 'a run that leaves it out, without a cache' \
    train --output=skips2 --set='data.on_error="skip"'
same_results skips2 skips 'the results are the same with a cache'
verdict 'and so is the list of what was left out' "$(
    diff skips2/skipped.txt skips/skipped.txt 2>&1)"

echo 'a thesis' >kept.train
expect 4 'kept.train: it is not a cache' 'another file is refused' cached --output=thesis
verdict 'and left as it is' "$([ "$(cat kept.train)" = 'a thesis' ] || show kept.train)"
verdict 'no temporary files are left' "$(ls -A | grep tmp)"
finish
