#!/bin/sh
# kills.sh: a run that is killed at random moments and resumed each time never loses a checkpoint,
# and ends with the same bits as an uninterrupted run.
#
#     KILLS=200 SEED=1 tests/e2e/kills.sh     (make check kills 8 times)
. "$srcdir/tests/e2e/e2e.sh"
need_data 'kills'
backend=${BACKEND:-cpu_blas}
[ -f "$builddir/.libs/$backend.so" ] || backend=reference
n_kills=${KILLS:-8} seed=${SEED:-1}
longest=${LONGEST_MS:-1500} # from the start of the process to the kill

# A checkpoint every 3 steps of up to 3 batches, with all that a step can keep, and a validation
# that takes as long as the epoch.
groups='({ match = "bn1.*"; freeze = true; }, { match = "fc.*"; rate_factor = 2.0; })'
set -- --backend="$backend" --threads=1 --set=data.train_limit=2000 --set=train.epochs=8 \
    --set=data.validation_limit=2000 --set=train.save_every=3 --set=train.optimizer=adamw \
    --set=train.learning_rate=0.003 --set=train.accumulate=3 --set=train.clip_norm=1 \
    --set=train.ema_decay=0.99 --set=train.ema_warmup=true --set=train.layer_decay=0.9 \
    --set=train.groups="$groups" --set=train.keep_last=2 --set=train.best=validation_loss \
    --set=log.tensorboard=true --json

# random N: from 0 to N - 1.
random()
{
    seed=$(((seed * 1103515245 + 12345) % 2147483648))
    value=$((seed / 65536 % $1))
}

step_of()
{
    if [ -e "$1/checkpoint.safetensors" ]; then
        contents "$1/checkpoint.safetensors" | sed -n 's/^"step":"\([0-9]*\)".*/\1/p'
    else
        echo 0
    fi
}

# Writes to a pipe whose reader also ends at Ctrl-C, like tee. $pid is the run.
begin_piped()
{
    cat <pipe >/dev/null &
    reader=$!
    env --default-signal=INT "$run" train "$net" "$@" --output=killed --resume=auto >pipe 2>&1 &
    pid=$!
}

# After TERM the run has five seconds, like under a scheduler.
kill_after_grace()
{
    kill -s "$1" "$pid" 2>/dev/null
    [ "$1" = KILL ] || {
        for _ in $(seq 50); do
            kill -s 0 "$pid" 2>/dev/null || return
            sleep 0.1
        done
        echo "$1: five seconds were not enough" >>offenders
        kill -s KILL "$pid" 2>/dev/null
    }
}

# True if a run that got the signal may end with this status. It may also have been complete, or
# have been killed before it installed its handlers, when nothing was under way.
is_right()
{
    case $1:$2 in
        *:0 | INT:130 | TERM:143 | KILL:137) ;;
        *) return 1 ;;
    esac
}

mkfifo pipe || exit 1
: >offenders
expect 0 '' 'a run straight through' "$run" train "$net" "$@" --output=straight
before=0 done_kills=0 runs=0
while [ "$done_kills" -lt "$n_kills" ]; do
    begin_piped "$@"
    random "$longest"
    sleep "$(printf '%d.%03d' $((value / 1000)) $((value % 1000)))"
    random 4
    signal=$(echo INT TERM KILL KILL | cut -d' ' -f$((value + 1)))
    [ "$signal" != INT ] || kill "$reader" 2>/dev/null
    kill_after_grace "$signal"
    wait "$pid" 2>/dev/null
    status=$?
    kill "$reader" 2>/dev/null
    wait "$reader" 2>/dev/null
    is_right "$signal" "$status" || echo "$signal: exit status $status" >>offenders
    done_kills=$((done_kills + 1))
    after=$(step_of killed)
    [ "$after" -ge "$before" ] || echo "$signal: from step $before back to $after" >>offenders
    before=$after
    # Compares a complete run, and starts the next one.
    if [ "$status" = 0 ]; then
        same_results straight killed "the same results after kills, run $((runs += 1))"
        rm -rf killed
        before=0
    fi
done 2>/dev/null
verdict "$n_kills kills lose nothing" "$(cat offenders)"
expect 0 '' 'what was killed last is resumed' "$run" train "$net" "$@" --output=killed --resume=auto
same_results straight killed 'the same results after the last kill'
verdict 'nothing half-written is left' "$(
    ls -A killed | grep -v -x -e checkpoint.safetensors -e model.safetensors \
        -e model_ema.safetensors -e metrics.csv -e metrics.jsonl -e curve.svg \
        -e best.safetensors -e training.html -e 'checkpoint-epoch[78].safetensors' \
        -e 'events.out.tfevents.*')"
finish
