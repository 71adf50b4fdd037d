#!/bin/sh
# schedule.sh: `resnet-run schedule` says what training does, and the schedule plateau is resumed
# bit for bit.
. "$srcdir/tests/e2e/e2e.sh"

# Without data.
none='--set=data.path=nowhere'
expect 0 'epochs of 100 steps' 'a run whose data are not here' "$run" schedule "$net" $none
verdict 'it says why' "$(grep -q 'nowhere' stderr || cat stderr)"
expect 0 'epochs of 8 steps, 1000 images' 'a number of images' "$run" schedule "$net" $none \
    --count=1000 --set=train.batch=128
expect 2 'make no batch' 'an epoch without steps' "$run" schedule "$net" $none --count=7 \
    --set=train.batch=8 --set=train.drop_last=true
expect 0 'ends the run after 12 steps' 'train.max_steps' "$run" schedule "$net" $none --count=1000 \
    --set=train.max_steps=12
expect 0 'never gets better' 'the schedule plateau' "$run" schedule "$net" $none --count=1000 \
    --set=train.schedule=plateau --set=train.plateau_patience=0
verdict 'plateau falls after each epoch but the first' "$(
    awk '$1 == 3 { if ($3 >= rate) print "no fall: " $0 } $1 == 2 { rate = $3 }' stdout)"
"$run" schedule "$net" $none --count=1000 --json --svg=rates.svg >rates.json
is_json 'the rates as JSON' rates.json
verdict 'the rates as a drawing' "$(
    grep -q '^</svg>$' rates.svg || tail -n 2 rates.svg
    grep -q 'nan\|inf' rates.svg && echo 'not a number')"
expect 2 'schedule "constant"' 'a key that is not read' "$run" schedule "$net" $none \
    --set=train.schedule=constant --set=train.power=2

need_data 'the rates of training'

# rates FOLDER: the rate of each epoch's last step, as training had it and as the command says.
rates()
{
    cut -d, -f1,3 "$1/metrics.csv" | tail -n +2 | tr , ' '
}

said()
{
    "$run" schedule "$net" "$@" | awk 'curve && NF == 4 { print $1, $4 } /first rate/ { curve = 1 }'
}

for settings in 'cosine warmup_steps=7 warmup_prefix=true min_learning_rate=0.001' \
    'one_cycle one_cycle_anneal=linear' 'polynomial power=2 schedule_by=epoch warmup_epochs=0.5' \
    'exponential gamma=0.5'; do
    set -- --set=train.epochs=3
    for setting in schedule=$settings; do
        set -- "$@" "--set=train.$setting"
    done
    expect 0 '' "training with $settings" "$run" train "$net" "$@" --quiet --output=rates
    rates rates | awk '{ printf "%d %.6g\n", $1, $2 }' >one
    said "$@" >two
    verdict "the same rates with $settings" "$(diff one two 2>&1)"
    rm -r rates
done

# Each epoch is worse than this threshold wants it, so each lowers the rate. The run ends in the
# middle of an epoch, at the end of one, and goes on.
set -- --set=train.epochs=4 --set=train.schedule=plateau --set=train.plateau_patience=0 \
    --set=train.plateau_threshold=0.9 --set=train.gamma=0.5 --quiet
expect 0 '' 'training with plateau' "$run" train "$net" "$@" --output=straight
verdict 'plateau lowers the rate' "$(
    rates straight |
        awk 'NR > 2 && $2 * 2 != rate { print "no half of " rate ": " $0 } { rate = $2 }')"
steps=$(tail -n +2 straight/metrics.csv | head -n 1 | cut -d, -f2)
start=
for most in $((steps + steps / 2)) $((2 * steps)) 0; do
    expect 0 '' "training with plateau up to step $most" "$run" train "$net" "$@" $start \
        --set=train.max_steps=$most --output=stopped
    start=--resume
done
same_results straight stopped 'plateau is resumed'

# No accuracy is better than the losses before: judged by these, two epochs more would lower the
# rate.
expect 0 'is judged anew from epoch 4 on' 'another metric of plateau can be accepted' \
    "$run" train "$net" --output=stopped --set=train.schedule=plateau --set=train.gamma=0.5 \
    --set=train.epochs=6 --set=train.plateau_metric=train_accuracy --set=train.plateau_patience=1 \
    --resume --allow-changed
verdict 'it begins anew, at the rate that there was' "$(
    rates stopped | awk 'NR == 4 { rate = $2 } NR > 4 && $2 != rate')"
