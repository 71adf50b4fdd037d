#!/bin/sh
# resume.sh: training that is stopped and resumed ends bit for bit like an uninterrupted run.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'resuming'
mkfifo pipe || exit 1

# Stops a run as soon as its first epoch, or the one it resumed, is over. Prints the exit status.
# The shell makes background commands ignore Ctrl-C.
interrupted()
{
    env --default-signal=INT "$run" train "$net" --set=train.epochs=6 "$@" >pipe 2>stderr &
    pid=$!
    exec 3<pipe
    read -r line <&3
    kill -INT "$pid"
    wait "$pid"
    echo $?
    exec 3<&-
}

for backend in reference cpu_blas; do
    [ -f "$builddir/.libs/$backend.so" ] || { skip "resuming on $backend" 'not built'; continue; }
    for threads in 1 2; do
        where="$backend, $threads threads"
        set -- --backend=$backend --threads=$threads --quiet
        expect 0 '' "training straight through on $where" \
            "$run" train "$net" --set=train.epochs=6 "$@" --output=straight
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

        set -- --backend=$backend --threads=$threads --output=signalled
        for turn in 1 2; do
            verdict "Ctrl-C ends with status 130 on $where, turn $turn" "$(
                resume=
                [ $turn = 1 ] || resume=--resume
                status=$(interrupted "$@" $resume)
                [ "$status" = 130 ] || { echo "exit status $status"; tail -n 5 stderr; })"
        done
        verdict "the message after Ctrl-C says what to do on $where" "$(
            tail -n 1 stderr | grep -q 'train --resume' || tail -n 3 stderr)"
        expect 0 '' "resuming after Ctrl-C on $where" \
            "$run" train "$net" --set=train.epochs=6 "$@" --quiet --resume
        same_results straight signalled "the same results after Ctrl-C on $where"
        rm -rf straight stopped signalled
    done
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
