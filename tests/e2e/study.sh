#!/bin/sh
# study.sh: a study trains each variant with each seed once, goes on where it was stopped, survives
# runs that fail, and refuses what cannot be trained before it trains anything.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/support/waiting.sh"
need_data 'studies'
backend=cpu_blas
[ -f "$builddir/.libs/cpu_blas.so" ] || backend=reference
set -- --backend="$backend" --threads=1

cat >two.cfg <<CFG
extends = "$net";
train = { epochs = 2; };
study = {
  seeds = [1, 2];
  variants = (
    { name = "base"; },
    { name = "slow"; train = { learning_rate = 0.001; }; }
  );
};
CFG

# state FOLDER: the files of the runs below it, with what is in them.
state() { (cd "$1" && find . -path './*/*/*' -type f -exec cksum {} + | sort -k 3); }

# unchanged FOLDER WHAT: as in the file "before".
unchanged()
{
    state "$1" >after
    verdict "$2" "$(diff before after)"
}

# ---- All runs ----

expect 0 '4 runs, 0 of them complete' 'a dry run lists the runs' "$run" study two.cfg "$@" --dry-run
verdict 'it writes nothing' "$([ ! -e runs ] || ls runs)"
expect 0 'slow ' 'a study of two variants and two seeds' "$run" study two.cfg "$@"
verdict 'a line for each run, and the table' "$(
    [ "$(grep -c '^\[[1-4]/4\] ' stdout)" = 4 ] && grep -q '^base  *2 ' stdout || show stdout)"
verdict 'study.csv has a row for each run' "$(
    [ "$(grep -c ',complete,0\.[0-9]*,2,' runs/two/study.csv)" = 4 ] || show runs/two/study.csv)"
is_json 'study.json is JSON' runs/two/study.json
verdict 'mean and standard deviation are those of the rows' "$(
    awk -F, '$1 == "\"slow\"" { a[n++] = $4 }
        END { m = (a[0] + a[1]) / 2; printf "%.4f %.4f\n", m, sqrt((a[0]-m)^2 + (a[1]-m)^2) }
    ' runs/two/study.csv >expected
    awk '$1 == "slow" { print $3, $4 }' stdout | diff - expected)"
verdict 'study.html needs no other file and no network' "$(
    grep -oE '(src|href)=|https?:|<script' runs/two/study.html
    grep -q 'class="plot"' runs/two/study.html || echo 'no chart')"
verdict 'each run keeps a log' "$(
    grep -q '^epoch 2/2 ' runs/two/slow/seed2/log.txt || show runs/two/slow/seed2/log.txt)"
expect 0 '' 'one of the runs by hand' \
    "$run" train two.cfg "$@" --variant=slow --seed=2 --output=hand --quiet
same_results hand runs/two/slow/seed2 'it gives the same bits'

# ---- Once only ----

state runs/two >before
expect 0 'slow ' 'a complete study prints its table again' "$run" study two.cfg "$@"
unchanged runs/two 'it trains nothing'
expect 0 'base  ' 'with another seed, two at the same time' \
    "$run" study two.cfg "$@" --set=study.jobs=2 --set='study.seeds=[2, 3]'
verdict 'only the new runs were trained' "$(
    grep -q '^\[4/4\] ' stdout && [ "$(grep -c '^\[' stdout)" = 2 ] || show stdout)"
rm -r runs/two/*/seed3
unchanged runs/two 'and the others left as they were'
sed 's/0\.001/0.002/' two.cfg >changed && mv changed two.cfg
expect 4 'runs/two/slow/seed1: made with another configuration: train.learning_rate was 0.001' \
    'a variant that has changed' "$run" study two.cfg "$@"
unchanged runs/two 'it is left as it was'
expect 0 '[4/4] slow' 'with --overwrite it is trained anew' "$run" study two.cfg "$@" --overwrite
verdict 'and it alone' "$([ "$(grep -c '^\[' stdout)" = 2 ] || show stdout)"

expect 2 'hand: this folder holds checkpoint.safetensors of a run' \
    'the folder of a run is refused' \
    "$run" study two.cfg "$@" --output=hand

# ---- Runs that fail ----

cat >wild.cfg <<CFG
extends = "two.cfg";
study = {
  variants = ( { name = "wild"; train = { learning_rate = 1e6; }; }, { name = "base"; } );
};
CFG
"$run" study wild.cfg "$@" >stdout 2>stderr
status=$?
verdict 'a study of which two runs diverge has their exit status' "$(
    [ "$status" = 5 ] && grep -q '2 of 4 runs failed; wild, seed 1: ' stderr ||
        echo "status $status; $(cat stderr)")"
verdict 'the other two were trained' "$(
    grep -q '^base  *2 ' stdout && [ "$(grep -c ',failed,,,$' runs/wild/study.csv)" = 2 ] ||
        show stdout runs/wild/study.csv)"

# ---- Stopped ----

on_failing="--backend=failing --threads=1 --set=data.train_limit=640"
"$run" study two.cfg $on_failing --output=straight --quiet >expected

# begin ARGUMENTS...: a study in the background, whose runs wait in their tenth step of 20 in an
# epoch. The shell makes such commands ignore SIGINT.
begin()
{
    RESNET_FAILING=conv2d:50:waits env --default-signal=INT "$run" study two.cfg --quiet "$@" \
        >stdout 2>stderr &
    pid=$!
}

# The lock of a run goes when its process ends.
none_runs() { [ -z "$(find "$1" -mindepth 2 -name .lock)" ]; }

signals='INT:130 KILL:137'
! is_long || signals="$signals TERM:143"
for signal in $signals; do
    name=${signal%:*}
    begin $on_failing --output="$name" --set=study.jobs=2
    until_waiting 2
    kill -s "$name" "$pid"
    sleep 0.5 # in which it tells them
    go_on
    wait "$pid"
    found=$?
    verdict "a study that gets SIG$name ends" "$(
        [ "$found" = "${signal#*:}" ] || echo "exit status $found; $(cat stderr)")"
    verdict "its runs end with it" "$(await none_runs "$name" || find "$name" -name .lock)"
    verdict "and save what they have" "$(
        grep -q 'interrupted' "$name"/*/*/log.txt || show "$name"/*/*/log.txt)"
    expect 0 '' 'it goes on' "$run" study two.cfg $on_failing --output="$name" --quiet
    verdict 'to the same results' "$(diff stdout expected)"
    same_results "straight/base/seed1" "$name/base/seed1" 'and the same bits'
done

# ---- Those that are installed ----

for cfg in "$srcdir"/share/studies/*.cfg; do
    expect 0 '' "$(basename "$cfg") can be trained" \
        "$run" study "$cfg" "$@" --dry-run --output=installed
done

# ---- Refused ----

# refused STATUS WORDS WHAT SETTING...
refused()
{
    status=$1 words=$2 what=$3
    shift 3
    expect "$status" "$words" "$what" "$run" study two.cfg --output=refused "$@"
}

refused 2 'study: metric: found "validation_acuracy"' 'a metric that no run has' \
    --set=study.metric=validation_acuracy
cat >odd.cfg <<CFG
extends = "two.cfg";
study = {
  variants = (
    { name = "base"; },
    { name = "odd"; trian = { epochs = 1; }; }
  );
};
CFG
expect 2 'variant odd: odd.cfg:5: unknown key "trian"; did you mean "train"?' \
    'a key that no cfg has, in one variant' "$run" study odd.cfg "$@" --output=refused
sed 's/trian = .*/network = { layers = ( { block = "linear"; units = 3; } ); }; }/' \
    odd.cfg >refusing.cfg
expect 2 'variant odd: ' 'a network that cannot be built, in one variant' \
    "$run" study refusing.cfg "$@" --output=refused
refused 2 'train: max_time: found "1h"' 'runs that may end before their last epoch' \
    --set=train.max_time=1h
refused 3 'nowhere' 'a backend that is not there' --backend=nowhere
refused 4 'empty' 'data that are not there' --set=data.path=empty
expect 2 'standard input' 'a study on standard input' "$run" study - "$@" <two.cfg
expect 2 'study is missing' 'a cfg without a study' "$run" study "$net" "$@"
expect 2 '--variant=base: the cfg has no study' 'a variant of a cfg without a study' \
    "$run" train "$net" "$@" --variant=base
expect 2 'did you mean "slow"' 'a variant that is not there' \
    "$run" train two.cfg "$@" --variant=slo
verdict 'nothing was written' "$([ ! -e refused ] || find refused)"
finish
