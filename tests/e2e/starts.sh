#!/bin/sh
# starts.sh: what helps to start: lr-find, --overfit-batch, --batch=auto, and a line for each of the
# classical mistakes, which training that is in order does not get.
. "$srcdir/tests/e2e/e2e.sh"
small=$srcdir/share/models/fashion_mnist_small.cfg

# octal NUMBER: as four bytes, the highest first, for printf.
octal()
{
    printf '\\%03o\\%03o\\%03o\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) \
        $(($1 >> 8 & 255)) $(($1 & 255))
}

# labels FIRST...: 200 labels, of which the given ones take turns.
labels()
{
    n=0
    while [ $n -lt 200 ]; do
        for label in "$@"; do
            [ $n -lt 200 ] && printf '\\%03o' "$label"
            n=$((n + 1))
        done
    done
}

# idx SPLIT PICTURES LABEL...: a split of 200 pictures of 16x16 pixels.
idx()
{
    split=$1 pictures=$2
    shift 2
    mkdir -p set
    { printf "\\0\\0\\010\\03$(octal 200)$(octal 16)$(octal 16)"; head -c 51200 "$pictures"; } \
        >"set/$split-images-idx3-ubyte"
    { printf "\\0\\0\\010\\01$(octal 200)"; printf "$(labels "$@")"; } \
        >"set/$split-labels-idx1-ubyte"
}

# made OPTION...: a run on these; its warnings are in stderr.
scale='--set data.mean=0.5 --set data.std=0.29'
made()
{
    # shellcheck disable=SC2086 # options
    "$run" train "$net" --quiet --overwrite --output=made --set data.dataset=idx \
        --set data.path=set --set train.epochs=1 --set data.train_limit=0 \
        --set data.validation_limit=0 $scale "$@"
}
# Of a cfg that says nothing of mean and standard deviation.
unsaid()
{
    sed 's/mean = [0-9.]*; std = [0-9.]*;//' "$net" >unsaid.cfg
    (scale='' net=unsaid.cfg && made "$@")
}

# warns WORDS WHAT COMMAND...: it succeeds, and says only this.
warns()
{
    words=$1
    what=$2
    shift 2
    "$@" >stdout 2>stderr
    found=$?
    verdict "$what" "$(
        [ $found = 0 ] || echo "exit status $found"
        [ "$(wc -l <stderr)" = 1 ] || echo 'not one line'
        grep -qF -- "$words" stderr || echo "no \"$words\""
        grep -qF -- "$words" stderr && [ "$(wc -l <stderr)" = 1 ] || show stderr)"
}
silent()
{
    what=$1
    shift
    "$@" >stdout 2>stderr
    found=$?
    verdict "$what" "$([ $found = 0 ] && [ ! -s stderr ] || show stderr)"
}

head -c 51200 /dev/urandom >noise
all='0 1 2 3 4 5 6 7 8 9'
idx train noise $all && idx t10k noise $all
silent 'noise with ten classes gets no line' made
idx train noise 4 && idx t10k noise 4
warns 'all 200 training samples are of one class, 4' 'labels that are all of one class' made
idx train noise 0 1 2 4 5 6 7 8 9 && idx t10k noise $all
warns '1 of 10 classes, such as 3, are in validation and not in training' \
    'a class that training lacks' made
silent 'not where the first samples alone are taken' made --set data.validation_limit=150
idx train noise $all && idx t10k noise 0 1 2 3 4 5 6 7 8
warns '1 of 10 classes, such as 9, are in training and not in validation' \
    'a class that validation lacks' made
idx t10k noise $all
warns 'the pictures are not normalised' 'pictures that nothing normalises' unsaid
silent 'not where the cfg says so' made --set data.mean=0 --set data.std=1
warns 'are not those of these pictures' 'a mean of another scale' \
    made --set data.mean=127 --set data.std=74
idx train /dev/zero $all
warns 'pictures of the first batch are equal' 'pictures that are all equal' made

# ---- The same on a set in colour: the records of CIFAR-10 ----

# records FILE PICTURES LABEL...: 200 records, of a label and 32x32 pixels of three colours.
records()
{
    file=$1 pictures=$2
    shift 2
    mkdir -p cifar
    printf "$(labels "$@")" | od -An -v -tu1 -w1 >sequence
    : >"cifar/$file"
    n=0
    while read -r label; do
        printf "\\$(printf %03o "$label")"
        tail -c +$((n * 7 + 1)) "$pictures" | head -c 3072
        n=$((n + 1))
    done <sequence >"cifar/$file"
}
coloured()
{
    made --set data.dataset=cifar10 --set data.path=cifar --set network.input.channels=3 \
        --set network.input.height=32 --set network.input.width=32 --batch=25 "$@"
}
yes 'class' | head -n 10 | awk '{ print $0 NR }' >classes
mkdir cifar && cp classes cifar/batches.meta.txt
for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
    records $file.bin noise $all
done
silent 'coloured noise with ten classes gets no line' coloured
warns 'are not those of these pictures' 'a mean of another scale in one of three colours' \
    coloured --set 'data.mean=[127.0,0.5,0.5]' --set data.std=0.29
for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5; do
    records $file.bin noise 4
done
warns 'all 1000 training samples are of one class, class5' \
    'labels of coloured pictures that are all of one class' coloured
for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5; do
    records $file.bin noise 0 1 2 3 4 5 6 7 8
done
warns '1 of 10 classes, such as class10, are in validation and not in training' \
    'a class that training in colour lacks' coloured
for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5; do
    records $file.bin /dev/zero $all
done
warns 'pictures of the first batch are equal' 'coloured pictures that are all equal' coloured

need_data 'lr-find and --overfit-batch'
short() { "$run" train "$small" --quiet --overwrite --output=short --batch=32 \
    --set train.max_steps=100 --set data.validation_limit=500 "$@"; }
silent 'Fashion-MNIST gets no line' short
warns 'as of guessing among 10 classes' 'a loss that stays' short --set train.learning_rate=1e-9
warns 'much more than of guessing' 'a loss that explodes' short --set train.learning_rate=30 \
    --set train.momentum=0
warns 'are still 92 % their initial values after 80 steps' 'running statistics that lag' short \
    --set data.std=2 --batch=128 --set train.max_steps=80 --set 'network.layers=(
        {block="conv2d";name="c";channels=16;kernel=5;stride=2;},
        {block="batch_norm";momentum=0.001;},{block="relu";},{block="global_avg_pool";},
        {block="flatten";},{block="linear";name="fc";})'
warns 'as of guessing among 10 classes' 'of which one line is enough, with sums, too' \
    short --set train.learning_rate=1e-9 --set data.train_limit=1600 --set train.accumulate=4 \
    --set train.epochs=6
silent 'nor is it told while the rate rises' short --set train.learning_rate=1e-6 \
    --set train.warmup_steps=1000 --set train.schedule=constant
warns 'are still 61 % their initial values after 50 steps' 'statistics see each batch of a step' \
    short --set data.std=2 --batch=64 --set train.max_steps=50 --set train.accumulate=10 \
    --set 'network.layers=(
        {block="conv2d";name="c";channels=16;kernel=5;stride=2;},
        {block="batch_norm";momentum=0.001;},{block="relu";},{block="global_avg_pool";},
        {block="flatten";},{block="linear";name="fc";})'

# ---- lr-find ----

find_rate() { "$run" lr-find "$small" --quiet --batch=32 "$@"; }
rm -rf runs
expect 0 'Suggestion: --set train.learning_rate=' 'lr-find suggests a rate' \
    find_rate --csv=rates.csv
verdict 'it leaves the points, and nothing else' "$(
    [ "$(wc -l <rates.csv)" -gt 50 ] || show rates.csv
    head -n 1 rates.csv | grep -qx 'learning_rate,loss,smoothed_loss' || head -n 1 rates.csv
    [ ! -e runs ] || ls -R runs)"
cp rates.csv first.csv
find_rate --csv=rates.csv >/dev/null
verdict 'the same points again' "$(cmp rates.csv first.csv 2>&1)"
expect 0 '"valley"' 'as JSON' find_rate --json
is_json 'which is JSON' stdout
expect 1 'the loss hardly changed' 'a range without effect' find_rate --highest=1e-6 --rates=20
expect 1 'the loss rose too soon' 'a range that begins too high' \
    find_rate --lowest=1e4 --highest=1e6
expect 2 '--lowest=1 --highest=0.1: the rates rise' 'a range that falls' \
    find_rate --lowest=1 --highest=0.1
expect 4 'nowhere/rates.csv: cannot write it' 'a file that cannot be written, before all else' \
    find_rate --csv=nowhere/rates.csv
verdict 'nothing was tried' "$(grep Suggestion stdout)"
expect 2 '--lowest=fast: expected a number from 1e-12 to 1e6' 'a rate that is none' \
    find_rate --lowest=fast
expect 2 'expected a number from 20' 'too few rates' find_rate --rates=5
expect 2 '--batch=auto is for train' 'a batch that is to be found' find_rate --batch=auto
expect 4 'nowhere' 'weights that are not there' find_rate --weights=nowhere.safetensors

# ---- --overfit-batch ----

expect 0 'The network can learn one batch' '--overfit-batch' \
    "$run" train "$small" --overfit-batch --quiet --batch=16
expect 0 '"learnt":true' 'as JSON, with dropout, in steps of its own' \
    "$run" train "$net" --overfit-batch=400 --json --quiet
is_json 'which is JSON' stdout
verdict 'it leaves nothing' "$([ ! -e runs ] || ls -R runs)"
batch() { "$run" train "$small" --quiet --batch=16 --overfit-batch=50 "$@"; }
expect 1 'the loss hardly fell' 'a rate that is too low' batch --set train.learning_rate=1e-9
expect 1 'the loss rose' 'a rate that is too high' batch --set train.learning_rate=30 \
    --set train.momentum=0
expect 1 'try --overfit-batch=50' 'too few steps' \
    batch --overfit-batch=10 --set train.learning_rate=0.01
equal()
{
    "$run" train "$net" --quiet --set data.dataset=idx --set data.path=set --overfit-batch=20
}
expect 1 'all its pictures are equal' 'equal pictures' equal
idx train noise 4
expect 1 'all its labels are equal' 'equal labels' equal
head -c 256 noise >one && for _ in 1 2 3 4 5 6 7; do cat one one >two && mv two one; done
cat one one >two && idx train two $all
expect 1 'all its pictures are equal' 'the same picture again and again' equal
cat one noise >two && idx train two $all
expect 1 'of its 32 pictures are there with other labels' 'a picture with several labels' equal
expect 2 'leave out --resume' '--overfit-batch of a run' batch --resume
expect 2 '--overfit-batch=0: expected' 'no steps' "$run" train "$small" --overfit-batch=0

# ---- --batch=auto ----

expect 2 '--batch=many: expected a number' 'a batch that is none' "$run" train "$small" --batch=many
if [ -n "${SANITIZE:-}" ]; then
    skip 'the largest batch' 'sanitizers map more than there would be'
    finish
fi
# within MB OPTION...
within()
{
    (
        mb=$1
        shift
        ulimit -v $((mb * 1024)) && exec "$run" train "$small" --overwrite --backend=reference \
            --threads=1 --output=largest --set data.validation_limit=100 --set data.queue=1 \
            --set train.max_steps=1 "$@"
    )
}
expect 0 'is left free' 'the largest batch' within 145 --batch=auto
batch=$(sed -n 's/^train.batch = \([0-9]*\): .*/\1/p' stdout)
next=$(sed -n 's/.*; \([0-9]*\) would take .*/\1/p' stdout)
verdict 'it is a power of two, and the next is twice as large' \
    "$([ $((batch & (batch - 1))) = 0 ] && [ "$next" = $((2 * batch)) ] || show stdout)"
expect 6 'lower train.batch' 'twice as many do not fit' within 145 --batch=$((2 * batch))
grep -aq "train.batch = $batch" largest/checkpoint.safetensors
verdict 'the run records it' "$([ $? = 0 ] || show stdout)"
expect 0 '' 'and goes on with it' "$run" train "$small" --backend=reference --output=largest \
    --quiet --set data.validation_limit=100 --set train.max_steps=2 --resume --batch=auto
expect 0 'more than the data set has' 'never more than the data set' "$run" train "$small" \
    --batch=auto --set data.train_limit=200 --dry-run --output=few
verdict 'but the largest power of two below' \
    "$(grep -q '^train.batch = 128:' stdout || show stdout)"
expect 0 'is left free' 'what is free is found closely where it is little' \
    within 66 --batch=auto --dry-run
expect 6 'not even 8 images fit' 'no room for the smallest' within 55 --batch=auto
finish
