#!/bin/sh
# shared_steps.sh: steps shared by several processes compute what one process computes. Each run is
# one of tests/train/shared_steps.c; the processes are connected by the tests' transport "sockets".
. "$srcdir/tests/e2e/e2e.sh"
has_program shared_steps 'steps of several processes' || exit 77
export RESNET_PLUGIN_PATH="$builddir/.libs:$builddir/tests/world/.libs"
bottleneck=$srcdir/tests/config/nets/bottleneck.cfg
sed 's/{ block = "dropout"; rate = 0..; },//' "$bottleneck" >plain.cfg

# train N BACKEND CFG OUT [SETTING...]: in N processes; prints why it failed.
train()
{
    n=$1 backend=$2 cfg=$3 out=$4
    shift 4
    rm -rf hub && mkdir hub || return
    set -- "$cfg" "$out" backend.name="\"$backend\"" run.threads=1 run.deadline=60 run.seed=4 "$@"
    i=1
    while [ $i -lt "$n" ]; do
        RESNET_TRANSPORT=sockets RESNET_SOCKETS=$work/hub:$i:$n \
            on "$backend" "$program_file" train "$@" 2>"stderr$i" &
        i=$((i + 1))
    done
    if [ "$n" = 1 ]; then
        on "$backend" "$program_file" train "$@" 2>stderr0
    else
        RESNET_TRANSPORT=sockets RESNET_SOCKETS=$work/hub:0:$n \
            on "$backend" "$program_file" train "$@" 2>stderr0
    fi
    [ $? = 0 ] || tail -n 3 stderr?
    wait
}

# near HOW LIMIT A B WHAT OFFENDERS: `shared_steps HOW` finds that B differs from A by LIMIT at
# most.
near()
{
    offenders=$6 far=
    [ -n "$offenders" ] || far=$("$program_file" "$1" "$4" "$3" "$2") ||
        offenders="they differ by $far, the limit is $2"
    verdict "$5${far:+ ($far)}" "$offenders"
}

# has_backend NAME
has_backend()
{
    [ -e "$builddir/.libs/$1.so" ] && return
    skip "steps of several processes on $1" "$1.so was not built"
    return 1
}

# Sums in another order differ in a float's last bit (6e-8); training amplifies that.
all='train.batch=12 train.synchronise_norms="all"'
for backend in reference cpu_blas onednn opencl; do
    has_backend $backend || continue
    offenders=$(train 1 $backend "$bottleneck" alone $all)
    verdict "$backend: one process" "$offenders"
    [ -z "$offenders" ] || continue
    for n in 2 3 4; do
        near compare 2e-5 alone shared "$backend: $n processes as one" \
            "$(train $n $backend "$bottleneck" shared $all)"
    done
done

# What reads all gradients, and what is drawn for all images.
adamw='train.optimizer="adamw" train.clip_norm=0.5 train.accumulate=2 train.ema_decay=0.9'
for settings in "$adamw" \
    'train.optimizer="lamb" train.momentum=0 network.drop_path=0.3 train.ema_decay=0.9'; do
    set -- $all train.momentum=0 $settings
    offenders=$(train 1 reference "$bottleneck" alone "$@")
    near compare 2e-5 alone shared "${settings%% *}" \
        "$offenders$(train 3 reference "$bottleneck" shared "$@")"
done

# Equal numbers of processes give equal bits.
train 3 cpu_blas "$bottleneck" once $all backend.deterministic=true >offenders
train 3 cpu_blas "$bottleneck" twice $all backend.deterministic=true >>offenders
verdict 'the same bits twice' "$(cat offenders; cmp once twice 2>&1)"

# Statistics of each device, or of groups, are those of smaller batches whose gradients are summed.
for case in 2:6:device 4:6:2 3:4:device 4:3:1; do
    n=${case%%:*} group=${case##*:} rows=${case#*:} rows=${rows%:*}
    offenders=$(train 1 reference plain.cfg alone train.batch=$rows train.accumulate=$((12 / rows)))
    near weights 2e-5 alone shared "$n processes, statistics of \"$group\"" \
        "$offenders$(train $n reference plain.cfg shared train.batch=12 \
            train.synchronise_norms="\"$group\"")"
done
offenders=$(train 2 reference plain.cfg shared train.batch=12 'train.synchronise_norms="3"')
verdict 'groups that do not divide' "$(echo "$offenders" |
    grep -q 'synchronise_norms: found "3" with 2 devices, 1 in each process' || echo "$offenders")"

# A gradient in bf16 has 8 bits.
offenders=$(train 1 reference plain.cfg alone $all)
near weights 1e-2 alone rounded 'gradients in bf16' \
    "$offenders$(train 2 reference plain.cfg rounded $all 'train.exchange="bf16"')"
verdict 'bf16 is not fp32' "$(train 2 reference plain.cfg shared $all
    ! cmp -s shared rounded || echo 'equal bits')"
finish
