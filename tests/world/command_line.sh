#!/bin/sh
# command_line.sh: several processes of resnet-run, over a transport for tests: what is refused, who
# speaks, and that all end alike. tests/world/sockets has the transport, processes.sh the results.
. "$srcdir/tests/e2e/e2e.sh"
[ -f "$builddir/tests/world/.libs/sockets.so" ] || {
    skip 'several processes' 'the transport for tests was not built'
    exit 77
}
export RESNET_PLUGIN_PATH="$builddir/tests/world/.libs:$builddir/.libs"
backend=cpu_blas
[ -f "$builddir/.libs/$backend.so" ] || backend=reference

# begin N COMMAND...: starts N processes of resnet-run, the last one with the option $last, too;
# await: waits for all, whose exit statuses are then in `statuses`, and what they print in out.N and
# stderr.
begin()
{
    n=$1 jobs=
    shift
    rm -rf sockets out.* err.*
    mkdir sockets
    for process in $(seq 0 $((n - 1))); do
        RESNET_TRANSPORT=sockets RESNET_SOCKETS=$work/sockets:$process:$n RESNET_HOST=h$process \
            timeout --foreground 100 "$run" "$@" \
            ${last:+$([ "$process" != $((n - 1)) ] || echo "$last")} >out.$process 2>err.$process &
        jobs="$jobs $!"
    done
}

await()
{
    statuses=
    for job in $jobs; do
        wait "$job"
        statuses="$statuses $?"
    done
    cat err.* >stderr
}

together() { begin "$@" && await; }

# ends STATUS WORDS WHAT: one line, with the words; all end with the status but for those that were
# ended by force.
ends()
{
    verdict "$3" "$(
        [ "$(wc -l <stderr)" = 1 ] || echo 'not one line'
        grep -qF -- "$2" stderr || echo "no \"$2\""
        echo "$statuses" | tr ' ' '\n' | grep -vx -e "$1" -e 137 -e ''
        case "$statuses " in *" $1 "*) ;; *) echo "nobody ended with $1" ;; esac
    )"
    [ "$failures" = 0 ] || show stderr
}

together 3 summary "$net"
ends 2 'summary is work for one process, but 3 were started together' 'another command is refused'
together 3 --frobnicate "$net"
ends 2 'process 0 on host h0: unknown option --frobnicate' 'a wrong command line is told once'
together 3 train absent.cfg
ends 2 'absent.cfg' 'so is a cfg that is absent'
last=--set=train.momentum=0.5 && together 2 train "$net" --output=other
words='process 1 on host h1: the cfg is not that of process 0 on host h0: "train.momentum = 0.5"'
ends 2 "$words" 'a cfg of another process'
last='--seed=12345' && together 2 train "$net" --output=other
ends 2 'run.seed = 12345' 'another seed'
last=
together 2 --transport=none summary "$net"
verdict 'each alone' "$(cmp out.0 out.1)$([ -s out.0 ] || echo 'nothing was printed')"

need_data 'training in several processes'
set -- train "$net" --backend=$backend --threads=1 --set=train.batch=24 --set=data.train_limit=240 \
    --set=data.validation_limit=48
together 2 "$@" --set=train.epochs=1 --output=run --verbose
verdict 'the first process speaks' "$(
    [ "$statuses" = ' 0 0' ] || echo "exit statuses$statuses"
    [ -s out.0 ] || echo 'it does not'
    [ ! -s out.1 ] || show out.1
    grep -v '^\[1\] resnet-run: ' err.1 | grep -v 'loading plugin\|^resnet-run: plugin sockets')"
# The block's plugin, of another version.
mkdir other
LC_ALL=C sed 's/0\.1\.0/9.1.0/' "$builddir/.libs/residual.so" >other/residual.so
last=--plugin-path=$work/other && together 2 "$@" --output=other_plugin
ends 2 '"residual 9.1.0" here, "residual 0.1.0" there' 'a plugin of another version'
last=
begin 3 "$@" --set=train.epochs=1000 --set=run.deadline=5 --output=stopped
until [ -s stopped/metrics.csv ]; do sleep 0.1; done
# The last of them: timeout passes it on, in the foreground once.
kill -s TERM "${jobs##* }"
await
verdict 'a signal to one stops all' "$(
    [ "$statuses" = ' 143 143 143' ] || echo "exit statuses$statuses"
    [ "$(grep -c 'interrupted.*; a checkpoint is in stopped' stderr)" = 1 ] || show stderr)"
finish
