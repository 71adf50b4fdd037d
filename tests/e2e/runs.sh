#!/bin/sh
# runs.sh: the results of a run are not lost, and not mixed with those of another run, cfg or
# network.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'folders of runs'
set -- --quiet --backend=reference --threads=1
train() { "$run" train "$net" --quiet --backend=reference --threads=1 "$@"; }

# Names, sizes and checksums of all files.
state() { (cd "$1" && for file in .[!.]* *; do [ -f "$file" ] && cksum "$file"; done); }

# unchanged FOLDER WHAT: its state equals that in the file "before".
unchanged()
{
    state "$1" >after
    verdict "$2" "$(diff before after)"
}

# ---- One folder, one run ----

expect 0 '' 'a run of three epochs' train --output=three
state three >before
expect 2 '--resume' 'a folder that holds a run is refused' train --output=three
verdict 'both remedies are named' "$(grep -q -e '--overwrite' stderr || show stderr)"
expect 5 'not finite' 'a run that diverges in place of another' \
    train --output=three --overwrite --set data.mean=0.29 --set data.std=0.35 \
    --set=train.learning_rate=1e6
unchanged three 'what the folder held is still there after a refusal and a divergence'
mkdir other
sed 's/seed = 7/seed = 8/' "$net" >other/dropout.cfg
expect 0 '' 'a run in the folder of its name' train
expect 2 'runs/dropout: this folder holds a run' 'another cfg of the same name is refused' \
    "$run" train other/dropout.cfg --quiet
expect 0 '' 'a run in place of another' train --output=three --overwrite --set=train.epochs=1
verdict 'nothing of the run before is left' "$(
    [ "$(wc -l <three/metrics.jsonl)" = 1 ] || show three/metrics.jsonl)"
verdict 'checkpoint, model and metrics name the same run' "$(
    name=$(sed -n 's/.*"run": "\(.*\)"}/\1/p' three/metrics.jsonl)
    for file in checkpoint model; do
        grep -aq "\"run\":\"$name\"" "three/$file.safetensors" || echo "$file: not $name"
    done)"
expect 0 'complete after 1 epochs' 'resuming a run that is complete says so' \
    "$run" train "$net" --backend=reference --output=three --resume --set=train.epochs=1
expect 2 'one of --resume and --overwrite' 'both at once' \
    train --output=three --resume --overwrite
expect 0 '' '--resume=auto begins where there is nothing' \
    train --output=auto --resume=auto --set=train.max_steps=5
expect 0 '' '--resume=auto goes on where there is a checkpoint' train --output=auto --resume=auto
train --output=straight
same_results straight auto '--resume=auto ends as a run straight through'
rm auto/checkpoint.safetensors
expect 2 'no checkpoint to resume' '--resume=auto beside results without a checkpoint' \
    train --output=auto --resume=auto

cp -r straight mixed
sed 's/"run": "[^"]*"/"run": "20200101T000000-00000000"/' straight/metrics.jsonl \
    >mixed/metrics.jsonl
expect 4 'a row of run 20200101T000000-00000000' 'rows of another run are refused' \
    train --output=mixed --resume --set=train.epochs=4

# Another process holds the lock.
if command -v flock >/dev/null 2>&1; then
    echo 'process 1 on elsewhere' >straight/.lock
    flock straight/.lock sleep 30 &
    holder=$!
    while flock -n straight/.lock true; do sleep 0.1; done
    state straight >before
    expect 4 'process 1 on elsewhere' 'a folder that another run writes to' \
        train --output=straight --resume --set=train.epochs=4
    unchanged straight 'what the other run writes is untouched'
    pkill -P "$holder"
    kill "$holder" 2>/dev/null
    wait "$holder" 2>/dev/null
    until flock -n straight/.lock true; do sleep 0.1; done
else
    skip 'a folder that another run writes to' 'there is no flock'
fi
expect 0 '' 'a lock that nobody holds any more' \
    train --output=straight --resume --set=train.epochs=4
verdict 'no lock is left' "$([ ! -e straight/.lock ] || echo straight/.lock)"

# ---- What must be the same ----

while read -r key value; do
    expect 4 "$key was" "resuming with another $key" \
        train --output=three --resume "--set=$key=$value"
done <<'KEYS'
network.input.height 20
data.mean 0.5
data.validation_limit 50
train.batch 16
train.momentum 0.5
train.label_smoothing 0
run.seed 9
KEYS
expect 4 'train.momentum was 0.9 and is 0; ' 'another momentum is named, not its tensors' \
    train --output=three --resume --set=train.momentum=0 --set=train.nesterov=false
expect 0 '' 'a longer training is no change' train --output=three --resume --set=train.epochs=2 \
    --set=train.max_steps=20 --set=train.save_every=3 --set=train.save_every_minutes=1
expect 0 '' '--allow-changed accepts a change' train --output=three --resume --set=train.epochs=2 \
    --set=train.momentum=0 --set=train.nesterov=false --allow-changed
expect 0 '' 'and momentum that begins at 0' train --output=three --resume --set=train.epochs=3 \
    --allow-changed
expect 0 '' 'half an epoch' train --output=half --set=train.max_steps=5
expect 4 'train.batch = 16' 'another batch within an epoch, though changes are allowed' \
    train --output=half --resume --allow-changed --set=train.batch=16

# Networks with the same tensors that compute something else.
mkdir strides relus
sed 's/first = { stride = 2; }/first = { stride = 1; }/' "$net" >strides/dropout.cfg
sed 's/block = "relu"/block = "dropout"; rate = 0.1/' "$net" >relus/dropout.cfg
expect 4 'network.layers[5].first.stride was 2 and is 1' 'resuming with another stride' \
    "$run" train strides/dropout.cfg --quiet --output=three --resume
infer() { "$run" eval "$net" --backend=reference "$@"; }
expect 4 'data.std was' 'evaluating with another normalisation' infer --set=data.std=0.5
expect 4 'network.layers[2].block was "relu" and is "dropout"' \
    'evaluating a network of other layers and the same weights' \
    "$run" eval relus/dropout.cfg --backend=reference
expect 0 '' '--allow-changed evaluates' infer --set=data.std=0.5 --allow-changed
expect 0 '' 'another training or data limit does not matter there' \
    infer --set=train.momentum=0.5 --set=data.validation_limit=50

# ---- Exactly the tensors of the network ----

deep=$srcdir/tests/config/nets/repeat.cfg
expect 0 '' 'a network of three blocks' "$run" train "$deep" --quiet --output=deep
shallow=shallow.cfg
sed 's/repeat = 3/repeat = 2/' "$deep" >$shallow
state deep >before
expect 4 'layer1.2' 'its checkpoint does not go on in one of two blocks' "$run" train "$shallow" \
    --quiet --output=deep --resume --allow-changed --set=train.epochs=2
unchanged deep 'the checkpoint of the deeper network stays'
expect 4 'this network has no tensors "layer1.2' 'nor are its weights evaluated there' \
    "$run" eval "$shallow" --output=deep --allow-changed
expect 4 'this network has no tensors "layer1.2' 'nor used for predictions' \
    "$run" predict "$shallow" --output=deep --allow-changed
expect 0 '' 'a checkpoint serves as weights, its velocities beside' \
    "$run" eval "$deep" --weights=deep/checkpoint.safetensors

# ---- A run that stopped in its first epoch ----

expect 4 'evaluate what it has with --weights=half/checkpoint.safetensors' \
    'evaluation of a run without a model names its checkpoint' sh -c '
        rm half/model.safetensors; "$0" eval "$1" --output=half' "$run" "$net"

# ---- --dry-run ----

: >file
expect 4 'file' 'a dry run whose output cannot be made' train --dry-run --output=file/folder
expect 4 'no checkpoint to resume' 'a dry run without the checkpoint that it resumes' \
    train --dry-run --output=never --resume
expect 4 'train.batch' 'a dry run with another batch' \
    train --dry-run --output=straight --resume --set=train.batch=16
expect 2 '--overwrite' 'a dry run into a folder that holds a run' \
    train --dry-run --output=straight
expect 4 'no trained weights' 'a dry run of eval without weights' infer --output=never --dry-run
expect 4 'no trained weights' 'a dry run of predict without weights' \
    "$run" predict "$net" --output=never --dry-run
state straight >before
expect 0 '' 'a dry run of a resume' train --dry-run --output=straight --resume --set=train.epochs=9
unchanged straight 'a dry run changes nothing'

# The holder of the lock removes what a killed run left; without locks it may be another run's.
mkdir swept
left=swept/model.safetensors.resnet-01234567.tmp
: >"$left"
cat >no_locks.c <<'SOURCE'
#include <errno.h>
int flock(int fd, int operation)
{
    (void)fd, (void)operation;
    errno = ENOLCK;
    return -1;
}
SOURCE
if [ -z "${SANITIZE:-}" ] && ${CC:-cc} -shared -fPIC no_locks.c -o no_locks.so 2>/dev/null; then
    expect 0 '' 'a run where there are no locks' \
        env LD_PRELOAD="$work/no_locks.so" "$run" train "$net" --quiet --output=swept \
        --set=train.max_steps=1
    verdict 'it removes nothing' "$([ -e "$left" ] || echo "no $left")"
else
    skip 'a run where there are no locks' 'flock cannot be replaced here'
fi
expect 0 '' 'a run in a folder where one was killed' \
    train --output=swept --overwrite --set=train.max_steps=1
verdict 'what was left is removed' "$([ ! -e "$left" ] || ls swept)"

# A file system of 64 KiB; the checkpoint and the model take 75 kB.
small_disk()
{
    unshare -rm sh -c 'mkdir -p small && mount -t tmpfs -o size=64k none small && "$@"' sh "$@"
}
if small_disk true 2>/dev/null; then
    expect 4 'MB are free' 'no room for the first checkpoint' \
        small_disk "$run" train "$net" --quiet --output=small/run
    expect 4 'MB are free' 'the same in a dry run' \
        small_disk "$run" train "$net" --quiet --dry-run --output=small/run
    expect 4 'MB are free' 'no room for a checkpoint of the network after its growth' \
        small_disk "$run" train "$srcdir/tests/config/nets/grow.cfg" --quiet --dry-run \
        --output=small/run
else
    skip 'no room for the first checkpoint' 'a small file system cannot be mounted here'
fi
finish
