#!/bin/sh
# events.sh: TensorBoard's own reader finds the metrics of a run in its event files: all of them,
# none twice, also after epochs were lost and trained again.
#
# From the environment: PYTHON (with tensorboard).
. "$srcdir/tests/e2e/e2e.sh"
need_data 'event files'
python=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
if ! missing=$("$python" -c 'import tensorboard' 2>&1); then
    skip 'event files in the hands of TensorBoard' "$(echo "$missing" | tail -n 1)"
    exit 77
fi
train() { "$run" train "$net" --quiet --set=log.tensorboard=true "$@"; }

# read FOLDER: what differs between its events and its metrics.jsonl.
read_events() { "$python" "$srcdir/tests/peers/events.py" "$1" 2>stderr || show stderr; }

expect 0 '' 'a run' train --set=train.epochs=4 --output=straight
verdict 'its events are its metrics' "$(read_events straight)"
cp straight/checkpoint.safetensors kept
expect 0 '' 'which goes on' train --set=train.epochs=6 --output=straight --resume
verdict 'its events are its metrics then' "$(read_events straight)"
cp kept straight/checkpoint.safetensors
expect 0 '' 'a run whose last epochs are lost and trained again' \
    train --set=train.epochs=6 --output=straight --resume
verdict 'has no event twice' "$(read_events straight)"
verdict 'a value that differs is found' "$(
    sed -i 's/"train_loss": [0-9.]*/"train_loss": 9/' straight/metrics.jsonl
    read_events straight | grep -q loss/train || echo 'it is not')"
finish
