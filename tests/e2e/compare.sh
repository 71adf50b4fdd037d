#!/bin/sh
# compare.sh: the command line of compare, and what it says about backends that agree and that do
# not.
. "$srcdir/tests/e2e/e2e.sh"

compare() { "$run" compare "$net" --no-speed --batch=2 "$@"; }
cpu=reference,cpu_blas

expect 0 'cpu_blas   ' 'a training step' compare --backends=$cpu
expect 0 'cpu_blas   equal to rounding' 'inference' compare --backends=$cpu --phase=infer
expect 0 'cpu_blas   ' 'the third step' compare --backends=$cpu --steps=3
expect 0 'cpu_blas   ' 'several times' compare --backends=$cpu --repeat=2
expect 0 'cpu_blas   trains as the reference does' 'loss curves' \
    compare --backends=$cpu --phase=train --steps=3
expect 0 'cpu_blas, conv=direct' 'two settings of one backend' \
    compare --backends=cpu_blas,cpu_blas+conv=direct,cpu_blas+threads=1+deterministic=true
expect 0 'cpu_blas, again' 'a backend twice' compare --backends=cpu_blas,cpu_blas
expect 0 'cpu_blas ' 'the path of a plugin' \
    compare --backends="reference,$builddir/.libs/cpu_blas.so"

expect 0 '' 'as JSON' compare --backends=$cpu --json
if is_json 'JSON is JSON' stdout; then
    verdict 'what a step leaves behind is compared, in both modes' "$(python3 -c '
import json
rows = {(r["kind"], r["name"]): r for r in json.load(open("stdout"))["tensors"]}
for key in [("forward", "conv1"), ("gradient", "conv1.weight"), ("after", "conv1.weight"),
            ("after", "conv1.weight.velocity"), ("after", "bn1.running_var"),
            ("forward", "bn1.inv_std"), ("mask", "relu"), ("gradient", "layer2.0.conv2")]:
    sides = rows[key]["sides"] if key in rows else []
    if {s["mode"] for s in sides if s["verdict"] != "absent"} != {"chained", "isolated"}:
        print("not compared in both modes:", *key)
' 2>&1)"
fi
expect 0 '' 'some layers' compare --backends=$cpu --layers='layer2.*' --json
verdict 'no others are compared' "$(grep '"name": "layer1' stdout)"

expect 2 '+conv=fft: expected auto, direct, winograd' 'a setting of another value' \
    compare --backends=reference,cpu_blas+conv=fft
expect 2 'unknown setting +precison (did you mean precision?)' 'a misspelt setting' \
    compare --backends=reference,cpu_blas+precison=bf16
expect 2 '+direct: expected a setting' 'a setting without a value' \
    compare --backends=reference,cpu_blas+direct
expect 2 '+threads=-1: expected a number from 0 to 1024' 'a setting out of range' \
    compare --backends=reference,cpu_blas+threads=-1
expect 2 "expected a backend's name" 'a side without a name' compare --backends=reference,,cpu_blas
expect 2 '--layers=nothing.*: no tensor' 'a pattern of no layer' \
    compare --backends=$cpu --layers='nothing.*'
expect 2 'expected PATTERN=NUMBER' 'a limit without a number' compare --backends=$cpu --limits=conv1
expect 2 '--limits=nothing.*=0.01: no tensor' 'a limit of no tensor' \
    compare --backends=$cpu --limits='conv1=1e-2,nothing.*=0.01'
for option in mode=chained layers=conv1 limit=1 limits=conv1=1 repeat=2; do
    expect 2 "--${option%%=*} is of tensors" "losses, with --$option" \
        compare --backends=$cpu --phase=train --steps=1 --"$option"
done
expect 2 '--trace-detail is of --save-trace' 'a detail of no trace' \
    compare --backends=$cpu --trace-detail=sample
expect 2 'a.json is named twice' 'one file for two reports' \
    compare --backends=$cpu --output=a.json,b.csv,a.json
verdict 'nothing is written' "$(ls a.json b.csv 2>/dev/null)"
expect 2 '--mode=all: expected chained, isolated, both' 'another mode' \
    compare --backends=$cpu --mode=all
expect 4 'none.png' 'a picture that is not there' compare --backends=$cpu --input=none.png

# One backend that is not there does not keep the others from being compared.
compare --backends=reference,absent,cpu_blas >stdout 2>stderr
verdict 'a backend that is not there' "$([ $? = 3 ] &&
    tail -n 1 stderr | grep -q 'there is no plugin "absent"' || show stderr)"
verdict 'the others are compared' "$(grep -q 'cpu_blas   [a-z]' stdout || show stdout)"
compare --backends=reference,absent,cpu_blas --limits='nothing=1' >stdout 2>stderr
verdict 'it is told before the reference computes' \
    "$(head -n 1 stderr | grep -q 'goes on without absent: there is no plugin' || show stderr)"
expect 3 'there is no plugin "absent"' 'only backends that are not there' \
    compare --backends=reference,absent,nowhere
verdict 'nothing is computed' "$(cat stdout)"
expect 3 'cpu_blas:1: there is no device "1", only device 0' 'a device that is not there' \
    compare --backends=reference,cpu_blas:0,1

# What cannot be written is told before anything is computed, so before the backend is missed.
mkdir -p folder empty
expect 4 'none/t.safetensors: cannot' 'a trace in a folder that is not there' \
    compare --backends=absent --save-trace=none/t.safetensors
expect 4 'folder: cannot write it: Is a directory' 'a trace that is a folder' \
    compare --backends=absent --save-trace=folder
expect 4 'none/a.json: cannot' 'a report in a folder that is not there' \
    compare --backends=absent --output=b.csv,none/a.json
expect 4 'let TMPDIR name a folder with room' 'a folder for temporary files that is not there' \
    env TMPDIR="$work/none" "$run" compare "$net" --no-speed --batch=2 --backends=$cpu

# The phase and the steps are the trace's.
expect 0 '' 'a trace of inference' \
    compare --backends=reference --phase=infer --save-trace=t.safetensors
expect 0 'cpu_blas   equal to rounding' 'its phase need not be given' \
    compare --backends=cpu_blas --load-trace=t.safetensors
expect 2 'it is of phase infer; give --phase=infer' 'another phase than its own' \
    compare --backends=cpu_blas --load-trace=t.safetensors --phase=train-step

mkdir -p pictures
cp "$srcdir"/tests/golden/images/files/*.png pictures
echo 'no picture' >pictures/broken.png
compare --backends=$cpu --phase=infer --input=pictures --batch=64 --set='data.on_error="skip"' \
    >stdout 2>stderr
verdict 'a picture that cannot be read is told of' \
    "$([ $? = 0 ] && grep -q -- '--input: left out: .*broken.png: no picture' stderr ||
        show stderr)"

expect 1 'cpu_blas: ' 'a limit that nothing keeps' compare --backends=$cpu --limit=1e-12
expect 0 'cpu_blas   ' 'a wide limit of some tensors' \
    compare --backends=$cpu --limits='conv*=1e-2,fc=1e-3'
verdict 'nothing stays in TMPDIR' "$(mkdir -p empty &&
    TMPDIR="$work/empty" compare --backends=$cpu >stdout 2>stderr; ls -A empty)"
finish
