#!/bin/sh
# resume.sh: training that is stopped and resumed ends bit for bit like an uninterrupted run.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/waiting.sh"
need_data 'resuming'

# straight FOLDER ARGUMENTS...: six epochs of 11 steps, of 5 convolutions each.
straight()
{
    folder=$1
    shift
    expect 0 '' "training straight through on $where" \
        "$run" train "$net" --set=train.epochs=6 "$@" --output="$folder"
}

for backend in reference cpu_blas; do
    [ -f "$builddir/.libs/$backend.so" ] || { skip "resuming on $backend" 'not built'; continue; }
    for threads in 1 2; do
        where="$backend, $threads threads"
        set -- --backend=$backend --threads=$threads --quiet
        straight straight "$@"
        expect 0 '' "stopping in the middle of an epoch on $where" \
            "$run" train "$net" --set=train.epochs=6 --set=train.max_steps=15 "$@" --output=stopped
        cp -r stopped twice
        expect 0 '' "resuming with no step left on $where" "$run" train "$net" \
            --set=train.epochs=6 --set=train.max_steps=15 "$@" --output=twice --resume
        same_results stopped twice "with no step left nothing changes on $where"
        rm -r twice
        expect 0 '' "resuming in the middle of an epoch on $where" \
            "$run" train "$net" --set=train.epochs=6 "$@" --output=stopped --resume
        same_results straight stopped "the same results after --set=train.max_steps on $where"

        rm -rf straight stopped
    done
done

# ---- Ctrl-C ----

# interrupted CONVOLUTION ARGUMENTS...: before this one of the run. The shell makes background
# commands ignore Ctrl-C.
interrupted()
{
    at=$1
    shift
    RESNET_FAILING=conv2d:$at:waits env --default-signal=INT \
        "$run" train "$net" --set=train.epochs=6 "$@" >stdout 2>stderr &
    pid=$!
    until_waiting
    kill -INT "$pid"
    go_on
    wait "$pid"
    status=$?
    verdict "Ctrl-C ends with status 130 on $where" "$(
        [ "$status" = 130 ] || { echo "exit status $status"; tail -n 5 stderr; })"
}

for threads in 1 2; do
    where="failing, $threads threads"
    set -- --backend=failing --threads=$threads --quiet
    straight straight "$@"
    interrupted 100 "$@" --output=signalled # in the second epoch
    verdict "the message after Ctrl-C says what to do on $where" "$(
        tail -n 1 stderr | grep -q 'train --resume' || tail -n 3 stderr)"
    interrupted 75 "$@" --output=signalled --resume
    expect 0 '' "resuming after Ctrl-C on $where" \
        "$run" train "$net" --set=train.epochs=6 "$@" --output=signalled --resume
    same_results straight signalled "the same results after Ctrl-C on $where"
    rm -r straight signalled
done

expect 0 '' 'a run with one thread' \
    "$run" train "$net" --quiet --threads=1 --output=one_thread
expect 4 'run.seed' 'resuming with another seed is refused' \
    "$run" train "$net" --quiet --seed=8 --resume --output=one_thread
expect 4 'train.batch' 'resuming with another batch size is refused' \
    "$run" train "$net" --quiet --set=train.batch=16 --resume --output=one_thread
expect 4 'checkpoint.safetensors' 'resuming without a checkpoint is refused' \
    "$run" train "$net" --quiet --resume --output=never
finish
