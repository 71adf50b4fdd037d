#!/bin/sh
# slurm.sh: the batch scripts of share/slurm, with an srun, an scancel and an scontrol that do what
# Slurm does. A job whose time is over goes back into the queue, and the run goes on in the next
# one, on another number of nodes: 2, then 3, then 1.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/launchers.sh"
. "$srcdir/tests/support/waiting.sh"
need_data 'slurm'
scripts=$srcdir/share/slurm

if command -v shellcheck >/dev/null; then
    verdict 'shellcheck finds nothing in them' "$(shellcheck "$scripts"/*.sbatch 2>&1)"
else
    skip 'shellcheck' 'it is not installed'
fi

# ---- Slurm ---------------------------------------------------------------------------------------

mkdir bin
# srun: as many processes as the job has nodes; each leaves its id.
cat >bin/srun <<SRUN
#!/bin/sh
. "\$srcdir/tests/support/launchers.sh"
echo "\$*" >>"$work/started"
work=$work
start_by \$LAUNCHER \$SLURM_JOB_NUM_NODES \\
    sh -c 'echo \$\$ >>"\$0"; exec "\$@"' "$work/processes" "\$@"
SRUN
# scancel: signals the processes of the job.
cat >bin/scancel <<SCANCEL
#!/bin/sh
[ "\$*" = '--signal=TERM 42' ] || exit 1
xargs kill -s TERM <"$work/processes"
: >"$work/cancelled"
SCANCEL
cat >bin/scontrol <<SCONTROL
#!/bin/sh
echo "\$*" >>"$work/controlled"
SCONTROL
ln -s "$run" bin/resnet-run
chmod +x bin/srun bin/scancel bin/scontrol
export PATH="$work/bin:$PATH" SLURM_JOB_ID=42 SLURM_CPUS_PER_TASK=1 BACKEND=failing

# job NODES ARGUMENT...: begins a job; $job is its script.
job()
{
    export SLURM_JOB_NUM_NODES=$1
    shift
    : >processes
    : >controlled
    "$scripts/cpu.sbatch" "$@" >stdout 2>stderr &
    job=$!
}

# ends STATUS CONTROLLED WHAT: the status of the job, and what it has told Slurm.
ends()
{
    wait $job
    found=$?
    verdict "$3" "$({
        [ "$found" = "$1" ] || echo "exit status $found, not $1"
        [ "$(cat controlled)" = "$2" ] || echo "scontrol was called with \"$(cat controlled)\""
    } 2>&1 | sed "\$r stderr")"
}

# job_in_time NODES ARGUMENT...: a job whose processes get the signal before their 90th convolution,
# which is after an epoch with its 60.
job_in_time()
{
    rm -f cancelled
    export RESNET_FAILING=conv2d:90:waits
    job "$@"
    unset RESNET_FAILING
    until_waiting "$1"
    kill -s USR1 $job
    await test -e cancelled
    go_on
}

# ---- Jobs ----------------------------------------------------------------------------------------

# No relu decides by a rounding error.
net=$srcdir/tests/config/nets/smooth.cfg
set -- "$net" --threads=1 --set=train.batch=48 --set=train.epochs=4 --set=data.train_limit=960 \
    --set=data.validation_limit=96 --set=train.learning_rate=0.01

# The losses of two runs' metrics: those that differ by more than rounding does.
differing()
{
    paste -d, "$1/metrics.csv" "$2/metrics.csv" | awk -F, '
        NR == 1 { for (i = 1; i <= NF / 2; i++) if ($i ~ /loss/) column[i] = $i }
        NR > 1 {
            for (i in column) {
                difference = $i - $(i + NF / 2)
                if (difference > 2e-6 || difference < -2e-6) print $1, column[i], $i, $(i + NF / 2)
            }
        }
        END { if (NR != 5) print NR - 1 " epochs" }'
}

elastic()
{
    rm -rf run straight
    "$run" train --backend=$BACKEND "$@" --output=straight >stdout 2>stderr || cat stderr
    job_in_time 2 "$@" --output=run
    ends 0 'requeue 42' "$LAUNCHER: a job whose time is over is put back"
    job_in_time 3 "$@" --output=run
    ends 0 'requeue 42' "$LAUNCHER: so is the next one, on 3 nodes"
    job 1 "$@" --output=run
    ends 0 '' "$LAUNCHER: the last one, on one node, ends"
    verdict "$LAUNCHER: on 2, 3 and 1 nodes the losses are those of one process" \
        "$(differing straight run 2>&1)"
    job 2 "$@" --output=run --set=train.epochs=0
    ends 2 '' "$LAUNCHER: a job that fails is not put back"
}

use_launchers 'slurm'
for LAUNCHER in $launchers; do
    export LAUNCHER
    elastic "$@"
done

# The other script differs in its devices: all GPUs of a node are one process's.
: >started
SLURM_JOB_NUM_NODES=1 SLURM_GPUS_ON_NODE=4 "$scripts/gpu.sbatch" "$net" >stdout 2>stderr
verdict 'a process has all GPUs of its node' "$(
    grep -qxF "resnet-run --backend=cudnn:0,1,2,3 train $net --resume=auto" started || cat started)"
finish
