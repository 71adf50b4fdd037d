#!/bin/sh
# recipe.sh: trains share/models/fashion_resnet12.cfg, our recipe for Fashion-MNIST, and the same
# network by the same recipe in PyTorch, one after the other on the same threads; prints the error
# at the end, the least one, and the time until the accuracy was 95.6 %, of the weights and of their
# averages. A whole run takes hours on two cores.
#
# From the environment: EPOCHS (40), IMAGES (all) to train on, SEED (0), THREADS (all), BACKEND
# (onednn), OURS or THEIRS (1; 0 leaves it out), PYTHON (of setup-peers, with torchvision),
# FASHION_MNIST (the folder of the data, for PyTorch), RESNET_RUN.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
run=${RESNET_RUN:-resnet-run} python=${PYTHON:-python3}
epochs=${EPOCHS:-40} images=${IMAGES:-0} threads=${THREADS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "${OURS:-1}" -eq 1 ]; then
    "$run" train --quiet --backend="${BACKEND:-onednn}" --threads="$threads" --seed="${SEED:-0}" \
        --set=train.epochs="$epochs" --set=data.train_limit="$images" --set=data.workers=1 \
        --output="$work/run" "$here/../../share/models/fashion_resnet12.cfg"
    cp "$work/run/metrics.csv" "$work/ours.csv"
fi
if [ "${THEIRS:-1}" -eq 1 ]; then
    PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=$threads "$python" "$here/recipe_peer.py" \
        "$epochs" "$images" "$threads" \
        >"$work/theirs.csv"
fi
python3 - "$work" <<'PY'
import csv, os, sys
for name, title in (("ours", "resnet-run"), ("theirs", "PyTorch")):
    path = f"{sys.argv[1]}/{name}.csv"
    if not os.path.exists(path):
        continue
    rows = list(csv.DictReader(open(path)))
    for column, what in (("validation_accuracy", "weights"), ("ema_accuracy", "averages")):
        errors = [100 * (1 - float(row[column])) for row in rows]
        reached = [float(row["time_s"]) for row, error in zip(rows, errors) if error <= 4.4 + 1e-9]
        print(f"{title:10} {what:8} {errors[-1]:6.2f} % at the end, {min(errors):.2f} % at best, "
              + (f"95.6 % after {reached[0]:.0f} s" if reached else "95.6 % not reached")
              + f"; {float(rows[-1]['time_s']):.0f} s in all")
PY
