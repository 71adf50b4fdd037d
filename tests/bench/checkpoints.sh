#!/bin/sh
# checkpoints.sh: what checkpoints that are written beside the training add to it: the time of equal
# steps without them and with one every few seconds, each run REPEAT times in turns, and what one a
# minute would add. The network has as many parameters as a ResNet-50, and quick steps.
#
#     [STEPS=300] [EVERY_S=5] [REPEAT=3] tests/bench/checkpoints.sh     (on an idle machine)
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$(pwd)}
steps=${STEPS:-300} every=${EVERY_S:-5} repeat=${REPEAT:-3}
export RESNET_PLUGIN_PATH="$builddir/.libs"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cat >"$work/wide.cfg" <<CFG
network = {
  input = { channels = 1; height = 28; width = 28; };
  classes = 10;
  layers = (
    { block = "flatten"; },
    { block = "linear"; name = "fc1"; units = 4500; }, { block = "relu"; },
    { block = "linear"; name = "fc2"; units = 4500; }, { block = "relu"; },
    { block = "linear"; name = "fc"; }
  );
};
data = { validation_limit = 100; };
train = { batch = 32; momentum = 0.9; learning_rate = 0.01; max_steps = $steps; };
CFG

# seconds MINUTES: of the steps; adds the number of checkpoints in the epoch to $work/count.
seconds()
{
    "$builddir/resnet-run" train "$work/wide.cfg" --quiet --verbose --output="$work/run" \
        --overwrite --set=train.best=none --set=train.save_every_minutes="$1" 2>"$work/log" ||
        cat "$work/log" >&2
    grep -c 'a checkpoint of step' "$work/log" >>"$work/count"
    tail -n 1 "$work/run/metrics.csv" | cut -d, -f9
}

minutes=$(awk "BEGIN { print $every / 60 }")
for _ in $(seq "$repeat"); do
    echo "$(seconds 0) $(seconds "$minutes")"
done >"$work/times"
awk '
    NR == FNR { n += $1; next }
    { without += $1; with += $2; print "seconds: " $1 " without, " $2 " with" }
    END {
        if (n == 0) { print "no checkpoint was written; give more STEPS"; exit 1 }
        each = (with - without) / n
        printf "a checkpoint adds %.3f s; one a minute %.2f %%\n", each, 100 * each / 60
    }' "$work/count" "$work/times"
