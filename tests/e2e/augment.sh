#!/bin/sh
# augment.sh: training with every transform gives the same bits whatever the number of workers, and
# when it is stopped and resumed; also where files cannot be read, and from a stream.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/waiting.sh"
if ! python3 "$srcdir/tests/e2e/make_pictures.py" sets 2>stderr; then
    skip 'augmentation' "python3 could not make pictures: $(head -n 1 stderr)"
    exit 77
fi
cat >augment.cfg <<CFG
extends = "$srcdir/tests/config/nets/pictures.cfg";
run = { threads = 1; };
data = {
  dataset = "folder"; path = "sets/folder"; shuffle_buffer = 30;
  transforms = {
    train = (
      { transform = "random_resized_crop"; size = 36; },
      { transform = "random_crop"; padding = 2; padding_mode = "reflect"; },
      { transform = "horizontal_flip"; },
      { transform = "vertical_flip"; },
      { transform = "color_jitter"; brightness = 0.4; contrast = 0.4; saturation = 0.4;
        hue = 0.1; },
      { transform = "grayscale"; probability = 0.2; },
      { transform = "trivial_augment"; },
      { transform = "rand_augment"; },
      { transform = "normalise"; },
      { transform = "random_erasing"; fill = "noise"; },
      { transform = "mixup"; probability = 0.5; },
      { transform = "cutmix"; probability = 0.5; }
    );
  };
};
train = { epochs = 3; };
CFG
net=augment.cfg
verdict 'every transform that draws numbers is in the cfg' "$(
    for file in "$srcdir"/core/data/transforms/*.c; do
        grep -q 'rn_draw_' "$file" || continue
        sed -n 's/^const rn_transform_kind rn_transform_.*//;s/^ *\.name = "\(.*\)",/\1/p' "$file"
    done | while read -r name; do
        grep -q "transform = \"$name\"" augment.cfg || echo "$name"
    done)"

# train WHAT ARGUMENTS...: 100 pictures in batches of 16: epochs of 7 steps.
train() { what=$1; shift; expect 0 '' "$what" "$run" train "$net" --quiet "$@"; }

# alike WHERE ARGUMENTS...: 1 and 3 workers, and a run that is stopped at several steps,
# each time with another number of workers.
alike()
{
    where=$1
    shift
    train "straight through, $where" --output=straight --set=data.workers=1 "$@"
    train "on 3 workers, $where" --output=workers --set=data.workers=3 "$@"
    same_results straight workers "3 workers make the same, $where"
    for steps in 5 9 13 0; do
        resume=--resume
        [ $steps != 5 ] || resume=
        # shellcheck disable=SC2086 # may be nothing
        train "as far as step $steps (0: all), $where" --output=stopped \
            --set=train.max_steps=$steps --set=data.workers=$((1 + steps % 3)) "$@" $resume
    done
    same_results straight stopped "resuming makes the same, $where"
    cut -d, -f1-7 straight/metrics.csv >curve
    rm -r straight workers stopped
}

for backend in reference cpu_blas onednn; do
    [ -f "$builddir/.libs/$backend.so" ] || {
        skip "transforms on $backend" 'not built'
        continue
    }
    alike "on $backend" --backend=$backend
done
alike 'from shards' --backend=reference --set=data.dataset=tar --set=data.path=sets/shards \
    '--set=data.train=train-{000..001}.tar' '--set=data.validation=val-{000..001}.tar'
cp curve shards.csv
train 'without transforms' --output=plain --backend=reference --set='data.transforms.train=()'
cut -d, -f1-7 plain/metrics.csv >plain.csv
verdict 'the transforms change what is learned' "$(! cmp -s curve plain.csv || cat curve)"

# ---- Several devices ----

ranks="--plugin-path=$builddir/tests/device/.libs"
alike 'on one rank' "$ranks" --backend=ranks:0
cp curve rank.csv
alike 'on two ranks' "$ranks" --backend=ranks:0,1
# Another order of summation changes the last bits, and training amplifies that.
verdict 'two ranks learn from the same pictures' "$(paste -d, rank.csv curve | awk -F, '
    NR > 1 { d = $4 - $11; if (d > 1e-3 || d < -1e-3) print "row " NR ": " $4 ", " $11 }
    END { if (NR != 4) print NR " rows" }')"

# ---- Files that cannot be read ----

for file in sets/folder/train/*/00[0-9]3.png; do
    head -c 1000 "$file" >cut.png
    cp cut.png "$file"
done
skips='--set=data.on_error=skip'
alike 'where files are broken' --backend=reference $skips
alike 'where files are broken, on two ranks' "$ranks" --backend=ranks:0,1 $skips
train 'a run that skips' --output=skips --backend=reference $skips
verdict 'it lists every broken file, once' "$(
    cut -f1 skips/skipped.txt | sort >found
    ls sets/folder/train/*/00[0-9]3.png | diff - found)"
# 90 pictures are five whole batches, and the rest is no batch that was planned.
"$run" train "$net" --quiet --output=none --backend=reference $skips --set=train.accumulate=6 \
    2>stderr
found=$?
verdict 'batches that make no step are refused' "$(
    [ $found = 4 ] && grep -q 'too few of its 100 images can be read for a step' stderr ||
        echo "exit status $found: $(cat stderr)")"

# ---- A cache ----

for turn in memory:memory made:kept.cache used:kept.cache; do
    what="${turn%:*}, ${turn#*:}"
    train "with a cache ($what)" --output=cached --overwrite --backend=reference $skips \
        --set="data.cache=${turn#*:}" --set=data.workers=3
    verdict "changes nothing ($what)" "$(
        same_tensors skips/checkpoint.safetensors cached/checkpoint.safetensors
        cut -d, -f1-7 skips/metrics.csv >one
        cut -d, -f1-7 cached/metrics.csv | diff one -
        diff skips/skipped.txt cached/skipped.txt)"
done

# ---- A run that is killed, or interrupted ----

long="--backend=failing --set=data.workers=3 $skips"
# shellcheck disable=SC2086 # words
train 'a longer run' $long --output=whole

# begin ARGUMENTS...: a run that waits in its second epoch. A step has one convolution.
begin()
{
    # shellcheck disable=SC2086
    RESNET_FAILING=conv2d:10:waits env --default-signal=INT \
        "$run" train "$net" --quiet $long "$@" 2>stderr &
    pid=$!
    until_waiting
}

# ends SIGNAL STATUS WHAT
ends()
{
    kill -s "$1" "$pid"
    go_on
    wait "$pid"
    status=$?
    verdict "$3" "$([ $status = "$2" ] || { echo "exit status $status"; cat stderr; })"
}

begin --output=killed --set=train.save_every=3
await test -e killed/checkpoint.safetensors
ends KILL 137 'SIGKILL ends a run early'
# shellcheck disable=SC2086
train 'resuming after SIGKILL' $long --output=killed --resume
same_results whole killed 'SIGKILL and resuming make the same'
verdict 'and list the same files' "$(
    sort whole/skipped.txt >one
    sort killed/skipped.txt | diff one -)"
begin --output=interrupted
ends INT 130 'Ctrl-C ends with status 130'
# shellcheck disable=SC2086
train 'resuming after Ctrl-C' $long --output=interrupted --resume
same_results whole interrupted 'Ctrl-C and resuming make the same'
verdict 'and the same list of skipped files' "$(diff whole/skipped.txt interrupted/skipped.txt)"
finish
