#!/bin/sh
# cudnn.sh: processes that mpirun starts train on GPUs of their own, with NCCL, on the stand-ins:
# the curve is that of one process, and one that is killed or refused ends all.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
. "$srcdir/tests/support/launchers.sh"
need_data 'training on GPUs of several processes'
use_launchers 'training on GPUs of several processes'
only_cudnn
export CUDASIM_DEVICES=4

# Each process sees n GPUs in turn, and writes a report of its own.
cat >process <<'PROCESS'
#!/bin/sh
rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}} n=$1
shift
visible=$((rank * n)) at=$((rank * n + 1))
while [ $at -lt $((rank * n + n)) ]; do
    visible=$visible,$at at=$((at + 1))
done
export CUDASIM_REPORT="$PWD/report.$rank"
[ "$n" = 0 ] || export CUDA_VISIBLE_DEVICES="$visible"
[ "$rank" != 1 ] || export CUDASIM_FAIL="$FAILING"
exec "$@"
PROCESS
chmod +x process

# shared PROCESSES GPUS DEVICES OPTION...: GPUS of each process; 0: all are seen
shared()
{
    n=$1 gpus=$2 device=$3
    shift 3
    rm -f report.*
    start_by "$launcher" "$n" ./process "$gpus" "$run" train "$net" --backend="cudnn$device" \
        --quiet --overwrite --tune=off --set=train.epochs=2 --set=data.train_limit=64 \
        --set=data.validation_limit=17 "$@"
}

alone()
{
    "$run" train "$net" --backend=cudnn:0 --quiet --overwrite --tune=off --set=train.epochs=2 \
        --set=data.train_limit=64 --set=data.validation_limit=17 "$@"
}

# clean WHAT N: N processes have recorded steps, used NCCL well and left nothing
clean()
{
    verdict "$1: recorded steps, and nothing is left" "$(
        grep -h -e '^blame' -e '^live' report.*
        for report in report.*; do
            grep -q '^calls cudaGraphLaunch' "$report" || echo "$report: no step is recorded"
            grep -q '^calls ncclAllReduce' "$report" || echo "$report: no sums"
        done
        [ "$(find . -maxdepth 1 -name 'report.*' | wc -l)" = "$2" ] || echo "not $2 processes")"
}

# fails WORDS WHAT PROCESSES DEVICES OPTION...: all end with status 3 and one message, soon
fails()
{
    words=$1 what="$launcher: $2" n=$3 devices=$4
    shift 4
    begin=$(date +%s)
    shared "$n" 0 "$devices" --output=lost "$@" >stdout 2>stderr
    found=$?
    offenders=$(
        [ $found = 3 ] || echo "exit status $found, not 3"
        [ "$(grep -c '^resnet-run: ' stderr)" = 1 ] || echo 'not one message'
        grep '^resnet-run: ' stderr | grep -qF -- "$words" || echo "no \"$words\""
        [ $(($(date +%s) - begin)) -lt 60 ] || echo 'not within a minute')
    verdict "$what" "${offenders:+$offenders
$(tail -n 8 stderr)}"
}

export FAILING=
expect 0 '' 'one process' alone --output=one
for launcher in $launchers; do
    expect 0 '' "$launcher: two processes" shared 2 0 '' --output=two
    verdict "$launcher: two processes: the losses of one" "$(near one two 2e-5)"
    clean "$launcher: two processes" 2
    expect 0 '' "$launcher: two processes of two GPUs" shared 2 2 :0,1 --output=four
    verdict "$launcher: two processes of two GPUs: the losses of one" "$(near one four 2e-5)"
    clean "$launcher: two processes of two GPUs" 2
    expect 0 '' "$launcher: groups of two" shared 4 0 '' --set=train.synchronise_norms=2 \
        --output=groups
    clean "$launcher: groups of two" 4
    fails 'Duplicate GPU detected' 'a GPU given twice' 2 :1
    fails 'train.exchange = "bf16"' 'gradients in bf16' 2 '' --set=train.exchange='"bf16"'
    for FAILING in ncclCommInitRankConfig:1 ncclAllReduce:40 cudaGraphLaunch:3; do
        fails cudnn "a call that fails in one process: $FAILING" 2 ''
        verdict "$launcher: used well until then" "$(grep -h '^blame' report.*)"
    done
    FAILING=
done
finish
