#!/bin/sh
# signals.sh: a run that is told to stop or to save loses nothing; nor does one whose reader has
# gone.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/waiting.sh"
need_data 'signals'
common='--backend=failing --threads=1 --set=train.epochs=2'
long='--set=data.train_limit=500'
train() { "$run" train "$net" --quiet $common "$@"; }

# A step has 5 convolutions, and so has a batch of a validation.
in_epoch=62 # of 80: in step 13

# begin CONVOLUTION ARGUMENTS...: trains in the background, and waits there. Its rows go to the file
# $rows. The shell makes such commands ignore SIGINT.
begin()
{
    at=$1
    shift
    RESNET_FAILING=conv2d:$at:waits env $signals \
        "$run" train "$net" $common "$@" >"$rows" 2>stderr &
    pid=$!
}
signals=--default-signal=INT rows=/dev/null

# signalled SIGNAL STATUS WHAT [FILE]: sends the signal to the run that waits, when the file is
# there, and checks that the run ends with the status.
signalled()
{
    until_waiting
    [ -z "${4:-}" ] || await test -e "$4"
    kill -s "$1" "$pid"
    go_on
    wait "$pid"
    found=$?
    verdict "$3" "$([ "$found" = "$2" ] || { echo "exit status $found, not $2"; cat stderr; })"
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
    begin $in_epoch "$long" --output="$name" --set=train.save_every=5
    signalled "$name" "${signal#*:}" "SIG$name in an epoch ends with status ${signal#*:}"
    verdict "SIG$name: the message says what to do" "$(
        grep -q 'interrupted; a checkpoint is in .*train --resume' stderr || show stderr)"
    resumes "$name" "SIG$name"
done

for name in HUP USR1; do
    begin $in_epoch "$long" --output="$name" --set=train.save_every=5
    signalled "$name" 0 "after SIG$name a run goes on"
    same_results straight "$name" "the same results after SIG$name"
done
begin $in_epoch "$long" --output=saved --verbose
signalled USR1 0 'SIGUSR1 ends no run'
verdict 'SIGUSR1 saves, and does not wait for the end of the epoch' "$(
    grep -q 'a checkpoint of step 13 is in saved' stderr || show stderr)"

for name in INT HUP; do
    signals=--ignore-signal=$name
    begin $in_epoch "$long" --output="ignored$name" --set=train.save_every=5
    signalled "$name" 0 "SIG$name stays ignored"
done
signals=--default-signal=INT

# ---- In validation ----

# The epoch is saved, but its row is missing until its 50 batches are validated.
slow='--set=train.eval_batch=2 --set=train.max_steps=11'
expect 0 '' 'a run with a long validation' train $slow --output=validated
begin 58 $slow --output=validation
signalled TERM 143 'SIGTERM in validation does not wait for its end' \
    validation/checkpoint.safetensors
verdict 'no row was written' "$(ls validation | grep metrics)"
verdict 'the message says where the run was' "$(
    grep -q 'interrupted during validation; a checkpoint is in' stderr || show stderr)"
expect 0 '' 'resuming validates first' train $slow --output=validation --resume
same_results validated validation 'the same results after SIGTERM in validation'

# ---- The reader is gone ----

mkfifo pipe || exit 1
rows=pipe
begin 100 --output=unread --json # in its second epoch
read -r line <pipe
until_waiting
go_on
wait "$pid"
status=$?
verdict 'a reader that goes away ends no run' "$(
    [ "$(wc -l <unread/metrics.jsonl)" = 2 ] || show unread/metrics.jsonl)"
verdict 'that nobody read is said at the end' "$(
    [ "$status" = 4 ] && grep -q 'cannot write to standard output' stderr || show stderr)"

begin 150 "$long" --output=tee --json # as well
read -r line <pipe
signalled INT 130 'Ctrl-C that ends the reader, too, ends with status 130'
resumes tee 'Ctrl-C that ended the reader, too'

rows=/dev/null

# ---- Checkpoints within an epoch ----

step_of() { contents "$1/checkpoint.safetensors" | sed -n 's/^"step":"\([0-9]*\)".*/\1/p'; }

begin $in_epoch "$long" --output=steps --set=train.save_every=4
signalled KILL 137 'SIGKILL' steps/checkpoint.safetensors
verdict 'train.save_every saves after so many steps' "$(
    step=$(step_of steps)
    [ "$step" -gt 0 ] || echo "step $step")"
resumes steps 'SIGKILL'
begin $in_epoch "$long" --output=minutes --set=train.save_every_minutes=0.001 --verbose
until_waiting
sleep 0.1
go_on
wait "$pid"
verdict 'train.save_every_minutes saves after so much time' "$(
    grep -q 'a checkpoint of step \([1-9]\|1[0-3]\) is in minutes' stderr || show stderr)"
same_results straight minutes 'which changes nothing'
finish
