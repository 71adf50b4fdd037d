#!/bin/sh
# keeping.sh: what a run keeps: the best epoch, the checkpoints of the last ones, events, the page;
# how it ends by itself; and checkpoints that are written beside the training.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'keeping'
backend=cpu_blas
[ -f "$builddir/.libs/cpu_blas.so" ] || backend=reference
common="--quiet --backend=$backend --threads=1"
train() { "$run" train "$net" $common "$@"; }

# column NAME FOLDER: the values of a metric, an epoch a line.
column()
{
    awk -F, -v name="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
        { print $at }' "$2/metrics.csv"
}

# loss_of FILE: what an evaluation of these weights says.
loss_of()
{
    "$run" eval "$net" --json --weights="$1" --allow-changed --report=report 2>stderr |
        grep '"loss"' || cat stderr
}

step_of() { contents "$1/checkpoint.safetensors" | sed -n 's/^"step":"\([0-9]*\)".*/\1/p'; }

# ---- The best, and the last ones ----

# A rate that is too high makes the loss go up and down.
six='--set=train.epochs=6 --set=train.learning_rate=0.3 --set=train.best=validation_loss'
expect 0 '' 'a run that keeps every epoch' train $six --set=train.keep_last=6 --output=six
best=$(column validation_loss six | awk '!n || $1 < least { least = $1; n = NR } END { print n }')
verdict 'best.safetensors has the weights of the best epoch' "$(
    [ "$(loss_of six/best.safetensors)" = "$(loss_of "six/checkpoint-epoch$best.safetensors")" ] ||
        echo "epoch $best is the best")"
verdict 'the page names it' "$(grep -q "epoch $best, validation_loss" six/training.html ||
    grep -o 'epoch [0-9]*, validation[^<]*' six/training.html)"
expect 0 '' 'a run that keeps two epochs' train $six --set=train.keep_last=2 --output=pair
verdict 'and has those of the last two' "$(ls pair | grep epoch | diff - /dev/fd/3 3<<LIST
checkpoint-epoch5.safetensors
checkpoint-epoch6.safetensors
LIST
)"
same_results six pair 'keeping them changes nothing'
mkdir back && cp six/checkpoint-epoch3.safetensors back/checkpoint.safetensors
expect 0 '' 'going back to epoch 3' train $six --output=back --resume
contents six/checkpoint.safetensors >one
contents back/checkpoint.safetensors >other
verdict 'ends as the run did' "$(diff one other | head -n 5)"
expect 0 '' 'no best' train --set=train.epochs=2 --set=train.best=none --output=none
verdict 'leaves none' "$(ls none | grep best)"
expect 4 'train.best was "validation_loss" and is "train_loss"' 'another metric' \
    train $six --set=train.best=train_loss --output=pair --resume
expect 0 '' 'which can be accepted' train $six --set=train.best=train_loss --set=train.epochs=7 \
    --output=pair --resume --allow-changed
verdict 'and starts anew' "$(grep -q 'epoch [67], train_loss' pair/training.html ||
    grep -o 'epoch [0-9]*, [^<]*' pair/training.html)"
latest=$(grep -o 'epoch [67], train_loss' pair/training.html | tr -dc 67)
verdict 'with the weights, too' "$(
    [ "$(loss_of pair/best.safetensors)" = \
        "$(loss_of "pair/checkpoint-epoch$latest.safetensors")" ] ||
        echo "epoch $latest is the best")"
expect 0 '' 'another run in this folder' train --output=pair --overwrite --set=train.max_steps=3
verdict 'removes what the one before kept' "$(ls pair | grep -e epoch -e best)"

# ---- Stopping ----

# No accuracy is better by 1 than another.
still='--set=train.epochs=9 --set=train.min_delta=1'
loud="--backend=$backend --threads=1"
expect 0 'validation_accuracy was no better in the last 2 epochs; the best is 0.' \
    'a run that becomes no better stops, and says so' \
    "$run" train "$net" $loud $still --set=train.stop_after=2 --output=stopped
verdict 'after so many epochs' "$([ "$(column epoch stopped | wc -l)" = 3 ] ||
    column epoch stopped)"
expect 0 'train.stop_after' 'resuming it finds it complete' \
    "$run" train "$net" $loud $still --set=train.stop_after=2 --output=stopped --resume
expect 0 '' 'more patience' train $still --set=train.stop_after=4 --output=stopped --resume
verdict 'goes on' "$([ "$(column epoch stopped | wc -l)" = 5 ] || column epoch stopped)"
expect 0 '' 'the same without a break' train $still --set=train.stop_after=4 --output=patient
same_results stopped patient 'ends equally'

long='--set=data.train_limit=6000 --set=train.epochs=6'
expect 0 '' 'a long run' train $long --output=long
for time in 0.3s 0.5s; do
    expect 0 'train.max_time is over; a checkpoint is in timed; go on with train --resume' \
        "at most $time of it" \
        "$run" train "$net" $loud $long --output=timed --max-time=$time --resume=auto
done
expect 0 '' 'the rest of it' train $long --output=timed --resume
same_results long timed 'the same results after the time was over'
expect 0 '' 'a run of one epoch' train --set=train.epochs=1 --output=over
cp over/checkpoint.safetensors over/checkpoint.previous.safetensors
expect 0 'train.max_time is over' 'one that replaces it, and ends before its first step' \
    "$run" train "$net" $loud --output=over --overwrite --max-time=0.001s
verdict 'leaves no checkpoint of the other run' "$(ls over | grep previous)"

# ---- Beside the training ----

# Writing takes a quarter of a second, in which this machine takes many steps.
cat >slow.c <<'SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fsync(int fd)
{
    usleep(250000);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
SOURCE
if [ -z "${SANITIZE:-}" ] && ${CC:-cc} -shared -fPIC slow.c -o slow.so -ldl 2>/dev/null; then
    for wait in 1.1 1.9; do
        LD_PRELOAD="$work/slow.so" "$run" train "$net" $common $long --output=slow --resume=auto \
            --set=train.save_every=20 --verbose=2 2>steps &
        pid=$!
        sleep $wait
        kill -s KILL $pid
        wait $pid 2>/dev/null
        last=$(sed -n 's/.*step \([0-9]*\): loss.*/\1/p' steps | tail -n 1)
        saved=$(step_of slow)
        verdict "killed after $wait s, a run loses 20 steps at most" "$(
            [ $((${last:-0} - saved)) -le 20 ] || echo "of step $last, $saved was saved")"
    done
    expect 0 '' 'what was killed is resumed' train $long --output=slow --resume
    same_results long slow 'the same results after it was killed while writing'
else
    skip 'a run that is killed while it writes' 'fsync cannot be replaced here'
fi

# SIGXFSZ is ignored, so that a file that grows too large fails like a full disk.
full_disk()
{
    (
        trap '' XFSZ
        ulimit -f 16
        train "$@"
    )
}
expect 0 '' 'a run of some steps' train --set=train.max_steps=3 --output=full
contents full/checkpoint.safetensors >before
expect 4 'checkpoint.safetensors: cannot write it' 'a disk that is full in an epoch' \
    full_disk --output=full --resume --set=train.save_every=2 --set=train.max_steps=9
contents full/checkpoint.safetensors >after
verdict 'the checkpoint before it stays' "$(diff before after | head -n 5)"
verdict 'nothing half-written is left' "$(ls -A full | grep -e tmp -e previous)"

# ---- The page and the events ----

expect 0 '' 'a run with events' \
    train --set=train.epochs=2 --set=log.tensorboard=true --output=events
verdict 'has an event file' "$(ls events | grep -q events.out.tfevents || ls events)"
verdict 'others have none' "$(ls six | grep tfevents)"
expect 0 '' 'another run in its folder' train --output=events --overwrite --set=train.max_steps=3
verdict 'removes them' "$(ls events | grep tfevents)"
if command -v python3 >/dev/null; then
    verdict 'the page is whole, and needs nothing else' "$(
        python3 "$srcdir/tests/report/check_page.py" six/training.html)"
else
    skip 'the page is whole, and needs nothing else' 'there is no python3 to read it'
fi
verdict 'it says where the values are from' "$(
    grep -q '<td>train.epochs</td><td>6</td><td>command line</td>' six/training.html &&
        grep -q '<td>train.batch</td><td>32</td><td>dropout.cfg:24</td>' six/training.html &&
        grep -q '<td>train.gamma</td><td>0.1</td><td>default</td>' six/training.html ||
        grep '<td>train' six/training.html)"
verdict 'it has the hash of the model' "$(
    grep -q "$(sha256sum <six/model.safetensors | cut -d' ' -f1)" six/training.html || echo no)"
finish
