#!/bin/sh
# same_training.sh: the losses of training on CIFAR-10's pictures, as a folder and as shards, are
# PyTorch's, which tests/bench/peer_training.sh recorded.
. "$srcdir/tests/e2e/e2e.sh"
tar=$srcdir/../shared/cifar10/test-jpeg.tar
cfg=$srcdir/tests/data/same_training.cfg
recorded=$srcdir/tests/data/same_training.txt
if [ ! -f "$tar" ]; then
    skip 'training as in PyTorch' 'there is no ../shared/cifar10/test-jpeg.tar'
    exit 77
fi
sh "$srcdir/tests/data/make_cifar.sh" "$tar" .
steps=20
is_long && steps=100

# wrong_losses COLUMN FILE: the steps, of those that were asked for, whose loss in the log is
# missing or further than 1e-3 from the recorded one.
wrong_losses()
{
    sed -n 's/.*: step \([0-9]*\): loss \(.*\)$/\1 \2/p' "$2" |
        awk -v column="$1" -v steps="$steps" '
            NR == FNR { found[$1] = $2; next }
            FNR > steps { exit }
            { difference = found[$1] - $column }
            !($1 in found) || difference > 1e-3 || difference < -1e-3 {
                print "step " $1 ": loss " found[$1] ", expected " $column
            }
            END { if (FNR < steps) print "only " FNR " steps are recorded" }' - "$recorded"
}

# compare BACKEND COLUMN SETTING...
compare()
{
    backend=$1 column=$2
    shift 2
    name=$(echo "$1" | sed 's/.*=//')
    expect 0 '' "$steps steps on a $name, $backend" "$run" train "$cfg" --backend="$backend" \
        --set=data.path="$work" --set=train.max_steps=$steps --output=run --overwrite \
        --verbose=2 "$@"
    verdict "losses on a $name are those of PyTorch, $backend" "$(wrong_losses "$column" stderr)"
}

for backend in cpu_blas onednn; do
    [ -f "$builddir/.libs/$backend.so" ] || { skip "losses on $backend" 'not built'; continue; }
    compare $backend 2 --set=data.dataset=folder --set=data.train=test --set=data.validation=test
    compare $backend 3 --set=data.dataset=tar --set=data.train='shard-{0..9}.tar' \
        --set=data.validation=shard-0.tar
done
finish
