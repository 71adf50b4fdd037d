#!/bin/sh
# ranks.sh: the commands on several devices, with the backend ranks (tests/device/ranks).
. "$srcdir/tests/e2e/e2e.sh"
ranks()
{
    command=$1 devices=$2
    shift 2
    "$run" "$command" "$net" --plugin-path="$builddir/tests/device/.libs" --threads=1 \
        --backend="ranks:$devices" "$@"
}

expect 0 'Memory on each of ranks:0,1 (' 'summary' ranks summary 0,1
expect 0 'all_reduce' 'summary with the exchange' ranks summary 0,1 --algorithms
expect 0 'On several devices whole steps are timed, not operators' 'bench' \
    ranks bench 0,1 --batch=8 --steps=2
expect 0 '"backend": "ranks:0,1",' 'bench as JSON' ranks bench 0,1 --batch=8 --steps=2 --json
verdict 'JSON of a whole step' "$(grep -qx ' *"ranks": 2,' stdout || show stdout
    grep -E '"(layers|operators|explained)"' stdout)"
expect 0 'the operators above explain' 'bench of a batch that one device takes' \
    ranks bench 0,1 --batch=7 --steps=2 --phase=infer
expect 2 'the 2 devices of ranks:0,1 cannot share a batch of 7 images evenly' \
    'bench of a batch that cannot be shared' ranks bench 0,1 --batch=7
expect 2 'device 1 is named twice' 'a device twice' ranks summary 1,1
expect 3 'there is no device "8"' 'a device that is not there' ranks summary 0,8
expect 3 'there is no device "1"' 'several devices of a backend that has one' \
    "$run" summary "$net" --backend=reference:0,1
expect 0 'ranks:1' 'compare' ranks compare 0 --backends=reference,ranks:1 --batch=4

need_data 'training on several devices'
train() { devices=$1; shift; ranks train "$devices" --quiet --set=data.validation_limit=101 "$@"; }

# The last batch of the 330 images has 10, which 4 devices cannot share.
expect 2 'train.drop_last' 'a last batch that cannot be shared' train 0,1,2,3
expect 2 'train.batch is 32, which the 3 devices of ranks:0,1,2' 'a batch that cannot be shared' \
    train 0,1,2
for devices in 0 0,1; do
    expect 0 '' "training on $devices" train $devices --output=on$devices
done
# Another order of summation changes the last bits, and training amplifies that.
verdict 'the curve is that of one device' "$(paste -d, on0/metrics.csv on0,1/metrics.csv | awk -F, '
    NR > 1 {
        half = NF / 2
        for (i = 1; i <= 7; i++) {
            difference = $i - $(half + i)
            limit = i == 4 || i == 6 ? 1e-3 : i == 5 || i == 7 ? 0.0101 : 0
            if (difference > limit || -difference > limit) print "row " NR ": " $i ", " $(half + i)
        }
    }
    END { if (NR != 4) print NR " rows" }')"
for steps in 5 11; do
    expect 0 '' "stopping after $steps steps" \
        train 0,1 --output=stopped --set=train.max_steps=$steps
    expect 0 '' "resuming after $steps steps" train 0,1 --output=stopped --resume
    same_results on0,1 stopped "the same results after $steps steps"
    rm -r stopped
done
for devices in 0 0,1; do
    expect 0 '' "training with sums of batches, a limit and averages on $devices" train $devices \
        --set=train.batch=10 --set=train.accumulate=3 --set=train.clip_norm=0.3 \
        --set=train.optimizer=adamw --set=train.learning_rate=0.0003 --set=train.ema_decay=0.9 \
        --set=train.epochs=1 --output=sums$devices
done
verdict 'its curve is that of one device' "$(paste -d, sums0/metrics.csv sums0,1/metrics.csv |
    awk -F, 'NR > 1 { d = $4 - $(NF / 2 + 4); if (d > 1e-3 || -d > 1e-3) print }')"
expect 0 '' 'training with a scaled loss' train 0,1 --precision=fp16 --output=scaled
verdict 'the scale changes no bit' "$(
    same_tensors on0,1/model.safetensors scaled/model.safetensors
    cut -d, -f1-7 on0,1/metrics.csv >one
    cut -d, -f1-7 scaled/metrics.csv | diff one -)"
for command in eval predict; do
    for devices in 0 0,1,2; do
        expect 0 '' "$command on $devices" ranks $command $devices --output=on0,1
        grep -v '^images/s ' stdout >$command$devices
    done
    verdict "$command is the same" "$(diff ${command}0 ${command}0,1,2)"
done

began=$(date +%s)
RANKS_FAULT=1:linear:1
export RANKS_FAULT
expect 3 'ranks:1: fc (linear): the device was lost' 'a device that is lost' \
    train 0,1 --output=lost
RANKS_FAULT=0:begin:1
expect 0 '' 'a device that does not record' train 0,1 --output=eager --verbose
verdict 'it is said once' "$(
    [ "$(grep -c 'ranks:0: steps are not recorded: this device does not record' stderr)" = 1 ] ||
        cat stderr)"
same_results on0,1 eager 'recorded steps give the same results'
unset RANKS_FAULT
verdict 'nobody waited' "$([ $(($(date +%s) - began)) -lt 60 ] || echo 'more than a minute')"
expect 5 'the loss is not finite; the first' 'a run that diverges' \
    train 0,1 --output=far --set=data.mean=0.29 --set=data.std=0.35 --set=train.learning_rate=1e6
finish
