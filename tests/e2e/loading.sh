#!/bin/sh
# loading.sh: Ctrl-C while pictures are loaded, which takes long, ends the program at once.
. "$srcdir/tests/e2e/e2e.sh"
net=$srcdir/tests/config/nets/pictures.cfg
# 600 links to a picture of 4000x4000 pixels, each of which takes a large part of a second.
if ! python3 - 2>stderr <<'PYTHON'; then
import os, struct, zlib
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
side = 4000
rows = zlib.compress((b"\0" + bytes(range(240)) * (3 * side // 240)) * side, 1)
with open("large", "wb") as file:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    file.write(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
for split in "train", "val":
    for n in range(300):
        os.makedirs(f"set/{split}/{n % 10}", exist_ok=True)
        os.link("large", f"set/{split}/{n % 10}/{n}.png")
PYTHON
    skip 'Ctrl-C while loading' "python3 could not make pictures: $(tail -n 1 stderr)"
    exit 77
fi

# interrupt SIGNAL STATUS WHAT COMMAND...: sends the signal when pictures are being decoded, and
# expects the status within two seconds of processor time, of which loading a batch takes seven.
interrupt()
{
    signal=$1 expected=$2 what=$3 command=$4
    shift 4
    env --default-signal=INT "$run" "$command" "$net" --backend=reference --threads=1 \
        --set=train.batch=64 --set=data.workers=2 --set=data.dataset=folder --set=data.path=set \
        --output=run "$@" >stdout 2>stderr &
    pid=$!
    for _ in $(seq 600); do
        awk '$1 == "VmHWM:" { peak = $2 } END { exit peak < 70000 }' "/proc/$pid/status" && break
        sleep 0.05
    done
    cp "/proc/$pid/stat" stat
    times >before
    kill -s "$signal" "$pid"
    wait "$pid"
    status=$?
    times >after
    took=$(awk -v ticks="$(getconf CLK_TCK)" '
        FILENAME == "stat" { used -= ($14 + $15) / ticks }
        FILENAME != "stat" && FNR == 2 {
            gsub(/[ms]/, " ")
            used = 60 * $1 + $2 + 60 * $3 + $4 - used
        }
        END { printf "%.0f", used }' before after stat)
    verdict "$what" "$(
        [ $status = "$expected" ] || { echo "exit status $status, not $expected"; cat stderr; }
        [ "$took" -le 2 ] || echo "$took seconds")"
}

interrupt INT 130 'Ctrl-C in training' train
verdict 'a checkpoint is written' "$([ -s run/checkpoint.safetensors ] || ls run)"
interrupt TERM 143 'SIGTERM in a resumed training' train --resume
interrupt INT 130 'Ctrl-C in data' data
expect 0 '' 'a model' "$run" train "$net" --backend=reference --quiet --set=data.dataset=folder \
    --set=data.path=set --set=data.train_limit=2 --set=data.validation_limit=2 \
    --set=train.batch=2 --set=train.epochs=1 --output=run --overwrite
interrupt INT 130 'Ctrl-C in eval' eval
interrupt INT 130 'Ctrl-C in predict' predict --count=64
interrupt INT 130 'Ctrl-C in bench' bench --loader --batch=16
finish
