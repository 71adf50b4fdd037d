#!/bin/sh
# list_memory.sh: peak memory for a list of 1,300,000 files beside one of 10, in `resnet-run data`
# and in training; prints bytes a sample. The target is 200 at most.
#
# From the environment: COUNT (1300000), RESNET_RUN.
set -eu
run=${RESNET_RUN:-resnet-run}
net=$(cd "$(dirname "$0")/../.." && pwd)/tests/config/nets/pictures.cfg
picture=$(cd "$(dirname "$0")/../.." && pwd)/tests/fuzz/corpus/decode/420.jpg
count=${COUNT:-1300000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A name as long as ImageNet's.
file=train/n01440764/n01440764_10026.JPEG
mkdir -p train/n01440764
ln -s "$picture" $file
list()
{
    awk -v n="$1" -v file=$file 'BEGIN { for (i = 0; i < n; i++) print file "\t" i % 10 }'
}
list "$count" >long.txt
list 10 >short.txt

# The peak in KiB.
peak()
{
    python3 - "$@" <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
}

for command in data train; do
    for list in short long; do
        options=--count=10
        [ $command = data ] || options='--set=train.max_steps=10 --set=train.epochs=10 --overwrite'
        # shellcheck disable=SC2086 # words
        peak "$run" $command "$net" --quiet --backend=reference --threads=1 --output=run \
            --set=data.workers=1 --set=data.queue=1 --set=data.dataset=list \
            --set=data.train=$list.txt --set=data.validation=short.txt --set=train.batch=10 $options >$command.$list
    done
    awk -v command=$command -v n="$count" 'NR == 1 { short = $1 } NR == 2 {
        printf "%s: %d KiB for 10 files, %d KiB for %d: %.0f bytes a sample\n",
            command, short, $1, n, ($1 - short) * 1024 / n
    }' $command.short $command.long
done
