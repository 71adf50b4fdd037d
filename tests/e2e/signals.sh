#!/bin/sh
# signals.sh: a run that is told to stop or to save loses nothing; nor does one whose reader has
# gone.
. "$srcdir/tests/e2e/e2e.sh"
need_data 'signals'
backend=cpu_blas
[ -f "$builddir/.libs/cpu_blas.so" ] || backend=reference
common="--backend=$backend --threads=1 --set=train.epochs=2"
long='--set=data.train_limit=6000'
train() { "$run" train "$net" --quiet $common "$@"; }

# begin ARGUMENTS...: trains in the background. The shell makes such commands ignore SIGINT.
begin()
{
    env --default-signal=INT "$run" train "$net" --quiet $common "$@" 2>stderr &
    pid=$!
}

# await COMMAND...: waits until it succeeds, at most a minute.
await()
{
    for _ in $(seq 600); do
        "$@" && return
        sleep 0.1
    done
}

# signalled SIGNAL WHEN STATUS WHAT: sends the signal as soon as the file WHEN exists, and
# checks that the run ends with the status.
signalled()
{
    await test -e "$2"
    kill -s "$1" "$pid"
    wait "$pid"
    found=$?
    verdict "$4" "$([ "$found" = "$3" ] || { echo "exit status $found, not $3"; cat stderr; })"
}

expect 0 '' 'a run straight through' train "$long" --output=straight

# resumes FOLDER WHAT: to the same results.
resumes()
{
    expect 0 '' "resuming after $2" train "$long" --output="$1" --resume
    same_results straight "$1" "the same results after $2"
}

# ---- In an epoch ----

for signal in INT:130 TERM:143 XCPU:152; do
    name=${signal%:*}
    begin "$long" --output="$name" --set=train.save_every=5
    signalled "$name" "$name/checkpoint.safetensors" "${signal#*:}" \
        "SIG$name in an epoch ends with status ${signal#*:}"
    verdict "SIG$name: the message says what to do" "$(
        grep -q 'interrupted; a checkpoint is in .*train --resume' stderr || show stderr)"
    resumes "$name" "SIG$name"
done

for name in HUP USR1; do
    begin "$long" --output="$name" --set=train.save_every=5
    signalled "$name" "$name/checkpoint.safetensors" 0 "after SIG$name a run goes on"
    same_results straight "$name" "the same results after SIG$name"
done
begin "$long" --output=saved
await test -e saved/.lock
kill -s USR1 "$pid"
signalled KILL saved/checkpoint.safetensors 137 'SIGUSR1 saves'
verdict 'SIGUSR1 does not wait for the end of the epoch' "$(ls saved | grep metrics)"

for name in INT HUP; do
    env --ignore-signal="$name" "$run" train "$net" --quiet $common "$long" \
        --output="ignored$name" --set=train.save_every=5 2>stderr &
    pid=$!
    signalled "$name" "ignored$name/checkpoint.safetensors" 0 "SIG$name stays ignored"
done

# ---- In validation ----

# The epoch is saved, but its row is missing until 10,000 images are validated.
slow='--set=data.validation_limit=0 --set=train.eval_batch=2 --set=train.max_steps=11'
expect 0 '' 'a run with a long validation' train $slow --output=validated
begin $slow --output=validation
signalled TERM validation/checkpoint.safetensors 143 \
    'SIGTERM in validation does not wait for its end'
verdict 'no row was written' "$(ls validation | grep metrics)"
verdict 'the message says where the run was' "$(
    grep -q 'interrupted during validation; a checkpoint is in' stderr || show stderr)"
expect 0 '' 'resuming validates first' train $slow --output=validation --resume
same_results validated validation 'the same results after SIGTERM in validation'

# ---- The reader is gone ----

mkfifo pipe || exit 1
"$run" train "$net" $common --output=unread --json >pipe 2>stderr &
pid=$!
read -r line <pipe
wait "$pid"
status=$?
verdict 'a reader that goes away ends no run' "$(
    [ "$(wc -l <unread/metrics.jsonl)" = 2 ] || show unread/metrics.jsonl)"
verdict 'that nobody read is said at the end' "$(
    [ "$status" = 4 ] && grep -q 'cannot write to standard output' stderr || show stderr)"

env --default-signal=INT "$run" train "$net" $common "$long" --output=tee --json >pipe 2>&1 &
pid=$!
read -r line <pipe
signalled INT tee/checkpoint.safetensors 130 \
    'Ctrl-C that ends the reader, too, ends with status 130'
resumes tee 'Ctrl-C that ended the reader, too'

# ---- Checkpoints within an epoch ----

step_of() { contents "$1/checkpoint.safetensors" | sed -n 's/^"step":"\([0-9]*\)".*/\1/p'; }

begin "$long" --output=steps --set=train.save_every=4
signalled KILL steps/checkpoint.safetensors 137 'SIGKILL'
verdict 'train.save_every saves after so many steps' "$(
    step=$(step_of steps)
    [ "$step" -gt 0 ] || echo "step $step")"
begin "$long" --output=minutes --set=train.save_every_minutes=0.001
signalled KILL minutes/checkpoint.safetensors 137 'SIGKILL again'
verdict 'train.save_every_minutes saves after so much time' "$(ls minutes | grep metrics)"
resumes steps 'SIGKILL'
resumes minutes 'SIGKILL again'
finish
