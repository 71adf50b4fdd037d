#!/bin/sh
# hosts.sh: what happens to hosts and their network while they train. Each fault ends all processes
# with one message and the right status within the deadline, or none of them; and the run goes on
# from its last checkpoint to the same bits as one that nothing happened to.
#
#     FAULTS='cut stop' LAUNCHERS=mpich tests/run cluster/hosts     (make check tries some of them)
. "$srcdir/tests/support/hosts.sh"
need_data hosts
is_long || LAUNCHERS=${LAUNCHERS:-openmpi}
use_launchers hosts
begin_hosts a b
faults='cut killed lost'
! is_long || faults='slow lossy cut killed pause stop disk lost nan'
deadline=6
export RESNET_PLUGIN_PATH="$RESNET_PLUGIN_PATH:$builddir/tests/cluster/.libs"
chmod 755 .

# What each process runs: a fault of the device is that of one host alone.
cat >program <<PROGRAM
#!/bin/sh
[ "\$(hostname)" = "\${FAILING_HOST:-}" ] || unset RESNET_FAILING
exec "$run" "\$@"
PROGRAM
chmod +x program

# train OUTPUT OPTION...: on both hosts.
train()
{
    output=$1
    shift
    on_hosts "$launcher" 'a b' ./program train "$net" --backend=failing --threads=1 \
        --set=data.train_limit=1200 --set=data.validation_limit=64 --set=train.epochs=6 \
        --set=train.save_every=5 --set=run.deadline=$deadline --output="$output" "$@"
}

# Starts a run, and waits until it has done an epoch.
begin()
{
    rm -rf run
    train run "$@" >stdout 2>stderr &
    job=$!
    until [ "$(cat run/metrics.csv 2>/dev/null | wc -l)" -ge 2 ]; do
        kill -s 0 $job 2>/dev/null || return
        sleep 0.1
    done
}

# wait_for SECONDS: sets `found`, the job's status. One that takes longer is killed.
wait_for()
{
    for _ in $(seq $(($1 * 10))); do
        kill -s 0 $job 2>/dev/null || break
        sleep 0.1
    done
    kill -s KILL $job 2>/dev/null && echo "it still ran after $1 seconds" >>offenders
    wait $job
    found=$?
}

# Processes that are left on the hosts, five seconds after the launcher has ended.
left_over()
{
    for _ in $(seq 50); do
        left=
        for host in a b; do
            [ -z "$(runs_on $host)" ] || left="$left $host"
        done
        [ -n "$left" ] || return
        sleep 0.1
    done
    echo "processes are left on:$left"
}

# ends WHAT STATUS WORDS SECONDS: how the job ends. STATUS `any`: the launcher's, which is not 0. No
# WORDS: nothing has to be said, as of a process that was killed. Otherwise there is one message.
ends()
{
    : >offenders
    wait_for "$4"
    n_messages=$(grep -c '^resnet-run: ' stderr)
    [ "$found" = "$2" ] || { [ "$2" = any ] && [ "$found" != 0 ]; } ||
        echo "exit status $found, not $2" >>offenders
    [ "$n_messages" -le 1 ] || echo "$n_messages messages" >>offenders
    grep '^resnet-run: ' stderr | grep -qE "$3" || [ -z "$3" ] || echo "no \"$3\"" >>offenders
    left_over >>offenders
    verdict "$launcher, $1" "$([ ! -s offenders ] || { cat offenders; tail -n 8 stderr; })"
}

resumes()
{
    train run --resume=auto >stdout 2>stderr || cat stderr
    same_results straight run "$launcher, $1, and resumed: the same bits"
}

# ---- Faults --------------------------------------------------------------------------------------

fault_slow()
{
    slow_link b 20mbit
    begin
    ends 'a slow link' 0 '' 120
    mend_speed b
    same_results straight run "$launcher, a slow link: the same bits"
}

fault_lossy()
{
    lossy_link b || {
        skip "$launcher, a link that loses packets" 'the kernel has no netem'
        return
    }
    begin
    ends 'a link that loses packets' 0 '' 120
    tc qdisc del dev to_b root
    same_results straight run "$launcher, a link that loses packets: the same bits"
}

fault_cut()
{
    begin
    cut_link b
    ends 'a link is cut' any 'process 1 on host b .*silent' $((deadline + 20))
    mend_link b
    resumes 'a link is cut'
}

fault_killed()
{
    begin
    kill_host b
    ends 'a host is killed' any '' $((deadline + 20))
    start_host b
    resumes 'a host is killed'
}

fault_pause()
{
    begin
    signal_host b STOP
    sleep $((deadline / 2))
    signal_host b CONT
    ends 'a host is stopped for less than the deadline' 0 '' 120
    same_results straight run \
        "$launcher, a host is stopped for less than the deadline: the same bits"
}

fault_stop()
{
    begin
    signal_host b STOP
    ends 'a host is stopped' 3 'process 1 on host b .*silent' $((deadline + 20))
    signal_host b KILL
    resumes 'a host is stopped'
}

# The folder of the results is a disk that the next checkpoint no longer fits on.
fault_disk()
{
    begin
    on_host a sh -c 'mkdir -p disk && mount -t tmpfs -o size=150k tmpfs disk'
    wait_for 120
    train disk/run >stdout 2>stderr &
    job=$!
    ends 'a full disk of process 0' 4 'disk/run/.*No space left' $((deadline + 30))
    on_host a sh -c 'rm -rf run && cp -r disk/run run 2>/dev/null; umount disk'
    resumes 'a full disk of process 0'
}

fault_lost()
{
    RESNET_FAILING=conv2d:100:lost FAILING_HOST=b begin
    ends 'a device is lost' 3 'process 1 on host b: .*the device was lost' $((deadline + 20))
    resumes 'a device is lost'
}

fault_nan()
{
    RESNET_FAILING=softmax_cross_entropy:60:nan FAILING_HOST=b begin
    ends 'a loss is not finite' 5 'not finite' $((deadline + 20))
    resumes 'a loss is not finite'
}

for launcher in $launchers; do
    rm -rf straight
    train straight >stdout 2>stderr
    verdict "$launcher trains" "$([ -s straight/metrics.csv ] || show stderr)"
    [ -s straight/metrics.csv ] || continue
    for fault in ${FAULTS:-$faults}; do
        "fault_$fault"
    done
done
finish
