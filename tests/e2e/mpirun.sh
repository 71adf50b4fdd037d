#!/bin/sh
# mpirun.sh: the commands in several processes, which mpirun starts: what one process gives, for
# any number of them; the first one's files are the run's.
. "$srcdir/tests/e2e/e2e.sh"
[ -f "$builddir/.libs/mpi.so" ] && command -v mpirun >/dev/null || {
    skip 'several processes' 'mpirun was not found, or mpi.so was not built'
    exit 77
}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl=self,vader,tcp
backend=cpu_blas
[ -f "$builddir/.libs/$backend.so" ] || backend=reference

# Without corners, at which the last bits of a sum decide, runs do not drift apart.
net=$work/smooth.cfg
cat >"$net" <<'END'
network = {
  input = { channels = 1; height = 16; width = 16; };
  classes = 10;
  layers = (
    { block = "conv2d"; name = "conv1"; channels = 8; kernel = 3; stride = 2; padding = 1; },
    { block = "batch_norm"; name = "bn1"; },
    { block = "tanh"; },
    { block = "conv2d"; name = "conv2"; channels = 8; kernel = 3; stride = 2; padding = 1; },
    { block = "batch_norm"; name = "bn2"; },
    { block = "sigmoid"; },
    { block = "flatten"; },
    { block = "dropout"; rate = 0.5; },
    { block = "linear"; name = "fc"; }
  );
};
run = { seed = 7; };
data = { mean = 0.0; std = 1.0; };
train = { learning_rate = 0.05; momentum = 0.9; schedule = "cosine"; };
END

need_data 'several processes'

# processes N COMMAND...: what mpirun adds about a command that failed is not ours.
processes()
{
    n=$1
    shift
    mpirun -n "$n" "$run" "$@" 2>all_errors
    found=$?
    grep '^resnet-run: ' all_errors >&2
    return $found
}

# As many images as 1 to 4 processes share in each step; validation leaves a rest to all of them.
set_run="--backend=$backend --threads=1 --set=train.batch=24 --set=data.train_limit=336
    --set=data.validation_limit=103"
train() { n=$1; shift; processes "$n" train "$net" --quiet $set_run --set=train.epochs=2 "$@"; }

# near A B WHAT: two metrics.csv have the same rows, with losses within 2e-5.
near()
{
    verdict "$3" "$(paste -d, "$1/metrics.csv" "$2/metrics.csv" | awk -F, '
        NR > 1 {
            half = NF / 2
            for (i = 1; i <= 7; i++) {
                difference = $i - $(half + i)
                limit = i == 4 || i == 6 ? 2e-5 : i == 5 || i == 7 ? 0.0101 : 0
                if (difference > limit || -difference > limit)
                    print "row " NR ": " $i ", " $(half + i)
            }
        }
        END { if (NR < 3 || NF % 2) print NR " rows of " NF }')"
}

# ---- Training ----

for n in 1 2 3 4; do
    expect 0 '' "training in $n processes" train "$n" --output="on$n"
    [ "$n" = 1 ] || near on1 "on$n" "$n processes train as one does"
done
expect 0 '' 'training in 3 processes again' train 3 --output=again
same_results on3 again '3 processes give the same bits twice'
expect 2 'train.batch is 24, which the 5 devices of' 'a batch that cannot be shared' \
    train 5 --output=none
expect 2 '--batch=auto looks at the memory of one process' '--batch=auto' \
    train 2 --batch=auto --output=none
expect 2 '--overfit-batch is for one process' '--overfit-batch' train 2 --overfit-batch
verdict 'what was refused left nothing' "$(ls -d none 2>/dev/null)"

# ---- Evaluation and prediction ----

for n in 1 2 3; do
    expect 0 '"loss":' "evaluation in $n processes" \
        processes "$n" eval "$net" $set_run --output=on1 --json --report="report$n"
    grep -v -e images_per_s -e report -e '"loss"' -e '"ece"' stdout >"eval$n"
    sed -n 's/^  "\(loss\|ece\)": \(.*\),$/\1 \2/p' stdout >"sums$n"
    expect 0 '' "prediction in $n processes" \
        processes "$n" predict "$net" $set_run --output=on1 --format=csv --save="saved$n"
    cp stdout "predicted$n"
    [ "$n" = 1 ] && continue
    verdict "$n processes evaluate as one does" "$(diff eval1 "eval$n")$(
        paste -d ' ' sums1 "sums$n" | awk '
            { d = $2 - $4 }
            $1 != $3 || d > 1e-6 || -d > 1e-6 { print }
            END { if (NR != 2) print NR " sums" }')"
    verdict "the reports of $n processes are one's" \
        "$(cmp report1/confusion.csv "report$n/confusion.csv" 2>&1
        cmp report1/mistakes.png "report$n/mistakes.png" 2>&1)"
    verdict "$n processes predict as one does" "$(diff predicted1 "predicted$n" | head -n 5)"
    same=$(same_tensors saved1 "saved$n")
    verdict "$n processes save the same results" "$same"
done

# ---- Going on ----

afters=20
! is_long || afters='5 14 20'
for after in $afters; do
    expect 0 '' "stopping 3 processes after $after steps" \
        train 3 --output=stopped --set=train.max_steps=$after
    cp -r stopped fewer
    expect 0 '' "resuming with 3 after $after steps" train 3 --output=stopped --resume
    same_results on3 stopped "the same bits after $after steps"
    expect 0 '' "resuming with 2 after $after steps" train 2 --output=fewer --resume
    near on1 fewer "2 processes go on where 3 stopped after $after steps"
    rm -r stopped fewer
done

# The second process works in another folder, as on another host, and needs nothing there.
mkdir here there
set -- train "$net" --quiet $set_run --set=train.epochs=2 --output=run
for more in --set=train.max_steps=5 --resume; do
    mpirun -n 1 -wdir "$work/here" "$run" "$@" $more : \
        -n 1 -wdir "$work/there" "$run" "$@" $more >stdout 2>stderr
    verdict "two hosts without a common folder, $more" "$([ $? = 0 ] || show stderr)"
done
near on1 here/run 'the run that went on there is the same'
verdict 'only the first process writes' "$(ls -A there)"

# ---- Networks that grow, averages, files that cannot be read ----

grow()
{
    output=$1
    shift
    processes 2 train "$srcdir/tests/config/nets/grow.cfg" --backend=$backend --threads=1 --quiet \
        --set=train.ema_decay=0.9 --output="$output" "$@"
}
expect 0 '' 'a network that grows' grow grown
expect 0 '' 'stopping it' grow regrown --set=train.max_steps=25
expect 0 '' 'going on' grow regrown --resume
same_results grown regrown 'the same bits after a growth'
verdict 'and the same averages' "$(same_tensors grown/model_ema.safetensors \
    regrown/model_ema.safetensors)"

if python3 "$srcdir/tests/e2e/make_broken.py" "$srcdir/tests/fuzz/corpus/decode" set 300 \
    2>stderr; then
    for n in 1 2 3; do
        expect 0 '' "files that are skipped, in $n processes" processes "$n" train \
            "$srcdir/tests/config/nets/pictures.cfg" --backend=$backend --threads=1 --quiet \
            --set=train.epochs=2 --set=train.batch=48 --set=data.dataset=folder \
            --set=data.path=set \
            --set=data.on_error=skip --output="skipping$n"
        [ "$n" = 1 ] || near skipping1 "skipping$n" "$n processes skip what one does"
        sort "skipping$n/skipped.txt" >"skipped$n"
    done
    verdict 'each is listed once' "$(diff skipped1 skipped2; diff skipped1 skipped3)"
else
    skip 'files that are skipped' "python3 could not make them: $(tail -n 1 stderr)"
fi

# ---- Signals ----

# stopped_by SIGNAL STATUS: one of three processes gets it after its first epoch.
stopped_by()
{
    rm -rf signalled rows
    mpirun -n 3 "$run" train "$net" $set_run --set=train.epochs=200 --json \
        --output="$work/signalled" >rows 2>stderr &
    launcher=$!
    while kill -0 $launcher 2>/dev/null && ! [ -s rows ]; do sleep 0.1; done
    kill -s "$1" "$(pgrep -f "^[^ ]*resnet-run train .*$work/signalled" | tail -n 1)"
    wait $launcher
    found=$?
    verdict "one of three gets $1: all stop" "$([ $found = "$2" ] || echo "exit status $found"
        [ "$(grep -c '^resnet-run: .*a checkpoint is in .*signalled' stderr)" = 1 ] || show stderr)"
}
stopped_by INT 130
epochs=$(wc -l <rows) # and maybe one whose row was not printed
expect 0 '' 'going on after the signal' \
    processes 3 train "$net" --quiet $set_run --set=train.epochs=200 --output=signalled --resume \
    --set=train.max_steps=$(((epochs + 2) * 14))
expect 0 '' 'the same without a signal' \
    processes 3 train "$net" --quiet $set_run --set=train.epochs=200 --output=undisturbed \
    --set=train.max_steps=$(((epochs + 2) * 14))
same_results undisturbed signalled 'the same bits after a signal'
stopped_by TERM 143

# ---- Files ----

set -- --set=data.cache=\"cache\" --verbose
train 3 "$@" --output=cached 2>stderr
verdict 'one process makes the cache' "$(
    [ "$(grep -c 'the cache of pictures is made' all_errors)" = 2 ] || show all_errors)"
near on1 cached 'training from the cache is the same'
verdict 'the bar and the log are of one process' "$(
    [ "$(grep -c 'epoch 1/2' all_errors)" -le 1 ] || show all_errors)"

mkdir full
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64k none full 2>/dev/null; then
    expect 4 'No space left on device' 'a full disk ends all' train 3 --output=full/run
    cp -r full/run rest
    umount full
    verdict 'the checkpoint on a full disk is complete or absent' "$(
        [ ! -e rest/checkpoint.safetensors ] || "$run" train "$net" $set_run --output=rest \
            --set=train.epochs=2 --resume --dry-run 2>&1 >stdout)"
else
    skip 'a full disk' 'a file system cannot be mounted here'
fi
finish
