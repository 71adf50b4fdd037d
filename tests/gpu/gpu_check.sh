#!/bin/sh
# gpu_check.sh: tests/gpu/check itself, in the tree of a bundle whose programs are doubles that do
# as they are told: stages that hang, die and fail, a signal, and folders that are not whole.
. "$srcdir/tests/support/script.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1
export LD_LIBRARY_PATH="$work/cudasim" # needs no driver
export FOLDER="$work/told"
mkdir told

tree=$work/bundle
gpu=$tree/libexec/resnet-run/tests/gpu
mkdir -p "$tree/bin" "$tree/lib/resnet-run" "$tree/share/resnet-run/models" \
    "$tree/libexec/resnet-run/tests/ops" "$tree/libexec/resnet-run/tests/config/nets"
cp -R "$srcdir/tests/gpu" "$tree/libexec/resnet-run/tests/gpu"
ln -s ../libexec/resnet-run/tests/gpu/check "$tree/bin/gpu-check"

# A double of resnet-run: does what the file of the command's name says, before its usual answer.
cat >"$tree/bin/resnet-run" <<'DOUBLE'
#!/bin/sh
case $1 in
    --version) echo 'resnet-run 9.9' && exit ;;
esac
command=$1
[ ! -e "$FOLDER/$command" ] || . "$FOLDER/$command"
case $command in
    bench)
        [ -z "${CUDA_INJECTION64_PATH:-}" ] || echo '"real, name",1,0.25' >"$KERNEL_NAMES_OUT"
        printf '{\n  "kind": "bench",\n  "median_ms": 2.5,\n  "peak_gflop_per_s": 1e3,\n'
        printf '  "enqueue_ms": 0.125,\n  "result_wait_ms": 2.25,\n  "device_ms": null,\n'
        printf '  "kernels": [\n    {\n      "kernel": "a, \\"b\\"",\n      "launches": 3,\n'
        printf '      "ms": 1.5,\n      "share": 0.5\n    }\n  ]\n}\n'
        ;;
    compare) echo '  cudnn      equal to rounding' ;;
    train)
        mkdir -p epoch on0
        echo 'epoch,a,b,c,d,e,accuracy,g,time' >epoch/metrics.csv
        echo '1,0,0,0,0,0,0.75,0,12' >>epoch/metrics.csv
        ;;
esac
DOUBLE
cat >"$tree/bin/resnet-plugin" <<'DOUBLE'
#!/bin/sh
echo '  cudnn:0: a GPU of cardboard'
DOUBLE
cat >"$tree/libexec/resnet-run/tests/ops/test_ops" <<'DOUBLE'
#!/bin/sh
[ ! -e "$FOLDER/test_ops" ] || . "$FOLDER/test_ops"
echo '               tests     12     12     12      0       0'
DOUBLE
# A double of python3: PyTorch that takes ten milliseconds.
cat >"$work/python" <<'DOUBLE'
#!/bin/sh
case $2 in
    -c | cupti) exit 1 ;;
    ceilings) echo 'copy 4300.5 GB/s' && exit ;;
esac
[ ! -e "$FOLDER/python3" ] || . "$FOLDER/python3"
echo ready
while read -r word; do
    [ "$word" = kernels ] && printf '"cutlass, wgmma",4,0.5\nend\n' || echo 10.0
done
DOUBLE
chmod +x "$tree/bin/"resnet-* "$work/python" "$tree/libexec/resnet-run/tests/ops/test_ops"
export PYTHON="$work/python"

# expect STATUS WHAT OPTION...: checks the exit status and the number of files in out.
expect()
{
    status=$1 what=$2
    shift 2
    rm -rf out
    "$tree/bin/gpu-check" --output=out "$@" >stdout 2>stderr
    found=$?
    verdict "$what" "$([ $found = "$status" ] || {
        echo "exit status $found, not $status"
        cat stderr
    }
        [ "$(ls out 2>/dev/null | wc -l)" -le 8 ] || ls out)"
}

# lives PID: nobody may have asked for the exit status of one that ended.
lives() { [ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status"; }

# says FILE WHAT PATTERN
says() { verdict "$2" "$(grep -q -e "$3" "$1" || { echo "no $3" && cat "$1"; })"; }

expect 0 'everything is right' --small --minutes=5
says out/table.md 'the table has the ratio' \
    '^| dropout, training | bf16 | 2 | 2.500 | 0.125 | eager | 10.000 | 0.25 | 0.70 | met |$'
says out/table.md 'it has the tests' '^| test_ops, all precisions | 12 passed, 0 failed'
says out/table.md 'it has the ceilings' '^- copy by PyTorch: 4300.5 GB/s$'
says out/kernels.csv 'the kernels of ours' '^cudnn.so,train-step,2,bf16,"a, .*",3,1.5$'
says out/kernels.csv 'those by CUPTI' '^ours,infer,2,bf16,"real, name",1,0.25$'
says out/kernels.csv "the kernels of PyTorch's" '^PyTorch,infer,2,bf16,"cutlass, wgmma",4,0.5$'
verdict 'each line of the report is an object' "$(
    grep -v '^{"kind":"[a-z]*",.*}$' out/report.jsonl)"
if command -v python3 >/dev/null; then
    verdict 'of JSON' "$(python3 -c 'import json; [json.loads(line) for name in
        ("report", "bench") for line in open(f"out/{name}.jsonl")]' 2>&1)"
fi
"$tree/bin/gpu-check" --summarise out >summary
verdict '--summarise prints the same table' "$(cmp summary out/table.md)"

# PyTorch is not there, or dies.
echo 'echo "no PyTorch" >&2; exit 1' >told/python3
expect 0 'without PyTorch' --small --minutes=5
says out/table.md 'it is said' '| not measured: no PyTorch |$'
rm told/python3

# Limits of a second for what hangs.
sed -i.whole '/^goldens/s/90 10/5 1/; /^comparison/s/60 10/1 1/' "$gpu/stages.sh"
echo 'echo $$ >>"$FOLDER/pids"; sleep 300' >told/test_ops
echo 'trap "" TERM; echo $$ >>"$FOLDER/pids"; while :; do sleep 1; done' >told/compare
expect 0 'a test hangs, and a stage' --small --minutes=5
says out/table.md 'the test is stopped' '^| test_ops, all .* stopped after 2 s | .*not run |$'
says out/table.md 'the stage is cut' '^- comparison: cut, after [12] s$'
verdict 'nothing of it is left' "$(for pid in $(cat told/pids); do
    lives "$pid" && echo "$pid lives"
done)"
says out/table.md 'the others are done' '^| an epoch of dropout.cfg | accuracy 0.75, 12 s |'
rm told/compare told/test_ops
mv "$gpu/stages.sh.whole" "$gpu/stages.sh"

echo 'echo "skipped: backends: cudnn: no driver"; exit 0' >told/test_ops
expect 1 'no test passes' --small --minutes=5
says out/table.md 'it is wrong' '^| test_ops, all precisions | .* wrong |$'
rm told/test_ops
echo 'kill -KILL $PPID' >told/train
expect 1 'a stage is killed' --small --minutes=5
says out/table.md 'it is said' '^- recipe: killed by signal 9, after '
says out/report.jsonl 'the next one runs' '"name":"two GPUs"'
echo 'echo "resnet-run: diverged" >&2; exit 1' >told/train
expect 1 'a test fails' --small --minutes=5
says out/table.md 'it is wrong' '^| an epoch of dropout.cfg | .* | wrong |$'
echo 'echo "resnet-run: there is no data set" >&2; exit 4' >told/train
expect 0 'there is no data set' --small --minutes=5
says out/table.md 'it was not run' '^| an epoch of dropout.cfg | .*no data set | .* | not run |$'
rm told/train
echo 'echo "resnet-run: a buffer is needed" >&2; exit 6' >told/bench
expect 0 'the GPU has too little memory' --small --minutes=5
says out/table.md 'it is said' 'not measured: the GPU has too little memory |$'
echo 'echo "resnet-run: the GPU is lost" >&2; exit 3' >told/bench
expect 1 'steps fail' --small --minutes=5
says out/table.md 'it is wrong' '^| bench of dropout, .* resnet-run: the GPU is lost .* wrong |$'
rm told/bench

# The time is over before everything is done.
sed -i.whole 's/60 \* minutes/14/' "$gpu/check"
sed -i.whole '/^training_bf16/s/180 20/180 1/' "$gpu/stages.sh"
echo 'echo $$ >>"$FOLDER/pids"; sleep 300' >told/bench
expect 0 'there is no time' --small
mv "$gpu/stages.sh.whole" "$gpu/stages.sh"
says out/report.jsonl 'the stage is cut' '"name":"training_bf16".*"outcome":"cut"'
says out/table.md 'the others say so' '^- compiled_training: no time left'
mv "$gpu/check.whole" "$gpu/check"

# Interrupted.
rm -rf out told/pids
"$tree/bin/gpu-check" --output=out --small >stdout 2>stderr &
pid=$!
for _ in $(seq 30); do
    [ ! -s told/pids ] || break
    sleep 1
done
kill -TERM $pid
wait $pid
verdict 'it is interrupted' "$([ $? = 1 ] || cat stderr
    lives "$(cat told/pids)" && echo 'its stage lives')"
says out/table.md 'what was known is in the table' 'a GPU of cardboard'
says out/table.md 'and that it was interrupted' '^- interrupted: killed by a signal'
rm told/bench

# Folders that are not whole.
expect 2 'a folder without a report' --summarise out
mkdir out
"$tree/bin/gpu-check" --summarise out >stdout 2>stderr
verdict 'an empty folder' "$([ $? = 2 ] || echo 'the exit status is not 2')"
says stderr 'it is said' 'there is no report; expected a folder that gpu-check wrote'
head -c 5000 /dev/urandom >out/report.jsonl
"$tree/bin/gpu-check" --summarise out >stdout 2>stderr
verdict 'garbage' "$([ $? = 2 ] || echo 'the exit status is not 2')"
row='"network":"n","phase":"infer","batch":1,"precision":"bf16"'
printf '%s\n' "{\"kind\":\"time\",$row,\"who\":\"ours\",\"ms\":3.5,\"enqueue_ms\":1}" \
    '{"kind":"time","network":"n","phase":"inf' >out/report.jsonl
"$tree/bin/gpu-check" --summarise out >stdout 2>stderr
verdict 'a report that was cut off' "$([ $? = 0 ] || cat stderr)"
says stdout 'what is there is in the table' '^| n, inference | bf16 | 1 | 3.500 | 1.000 | eager | '

says stdout 'the broken line is counted' '^1 line of the report cannot be read'

for options in --minutes=0 --minutes=x --minutes= --minutes=1000 --what --summarise \
    '--summarise out more'; do
    expect 2 "usage: $options" $options
done
unset LD_LIBRARY_PATH
if [ ! -e /dev/nvidia0 ] && [ ! -e /dev/dxg ]; then
    expect 77 'there is no GPU' --small
fi
export LD_LIBRARY_PATH="$work/cudasim"
echo 'echo "resnet-run: there is no NVIDIA GPU" >&2; exit 3' >told/summary
expect 77 'CUDA finds no GPU' --small
says stderr 'it is said' '^gpu-check: there is no NVIDIA GPU'
finish
