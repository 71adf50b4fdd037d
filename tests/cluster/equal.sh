#!/bin/sh
# equal.sh: by either launcher, several processes have the losses of one with the same batch, on
# every backend; where norms are those of each device or of a group, the same bits twice. `make
# check` tries some of it.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/launchers.sh"
need_data 'equal'
use_launchers 'equal'
export CUDASIM_DEVICES=4 # on the stand-ins, a GPU for each process

# Ten steps of a batch that 2, 3 and 4 divide, and a smaller last one, of a network in which no relu
# decides by a rounding error.
net=$srcdir/tests/config/nets/smooth.cfg
steps()
{
    echo train "$net" --threads=1 --set=train.batch=48 --set=data.train_limit=492 \
        --set=data.validation_limit=50 --set=train.epochs=1 --overwrite
}

processes()
{
    launcher=$1 n=$2
    shift 2
    # shellcheck disable=SC2046 # a list of words
    on "$backend" start_by "$launcher" "$n" "$run" --backend="$backend" $(steps) "$@" \
        >stdout 2>stderr || cat stderr
}

# once FOLDER: four processes whose norms are $norms. The clock may choose other algorithms for each
# start that has to choose, so it does not choose here.
once()
{
    processes "$launcher" 4 --tune=off --output="$1" --set=train.synchronise_norms="$norms"
}

try()
{
    # shellcheck disable=SC2046
    on "$backend" "$run" --backend="$backend" $(steps) --output=one_process >stdout 2>stderr || {
        skip "$backend" "$(tail -n 1 stderr)"
        return
    }
    for n in $counts; do
        verdict "$launcher, $backend: $n processes have the losses of one" "$(
            processes "$launcher" "$n" --output=several
            near one_process several 2e-5)"
    done
    for norms in '"device"' 2; do
        verdict "$launcher, $backend: norms of $norms, the same bits twice" "$(
            once first
            once second
            same_tensors first/model.safetensors second/model.safetensors)"
    done
}

counts=2 backends=cpu_blas
! is_long || counts='2 3 4' backends='reference cpu_blas onednn opencl cudnn'
for launcher in $launchers; do
    for backend in $backends; do
        [ ! -f "$builddir/.libs/$backend.so" ] || try
    done
done
finish
