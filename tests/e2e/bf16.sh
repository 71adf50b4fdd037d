#!/bin/sh
# bf16.sh: --precision=bf16 agrees with fp32 where it is supported, and says why where it is not.
. "$srcdir/tests/e2e/e2e.sh"

if [ ! -e "$builddir/.libs/onednn.so" ]; then
    skip 'precisions' 'there is no onednn.so'
    exit 77
fi
export XDG_CACHE_HOME="$work"
onednn() { "$run" "$@" --backend=onednn; }
compare() { "$run" compare "$net" --precision=bf16 "$@"; }

for precision in fp16 tf32; do
    expect 3 'ask for --precision=fp32 or --precision=bf16' "$precision is refused" \
        onednn summary "$net" --precision=$precision
done

# Pretends to be an older processor; oneDNN has two names for this setting.
older() { ONEDNN_MAX_CPU_ISA=AVX512_CORE DNNL_MAX_CPU_ISA=AVX512_CORE "$@"; }
if older onednn summary "$net" --precision=bf16 >stdout 2>stderr; then
    skip 'bf16 without its instructions' 'oneDNN heeds no setting of the processor'
else
    expect 3 'no instructions for bfloat16 (avx512_bf16); ask for --precision=fp32' \
        'bf16 without its instructions' older onednn summary "$net" --precision=bf16
fi

if ! onednn summary "$net" --precision=bf16 >stdout 2>stderr; then
    skip 'computing in bf16' "$(cat stderr)"
    finish
fi
expect 0 'onednn, precision=bf16' 'the first backend of compare is fp32, where it is not told' \
    compare --backends=reference,onednn
# Rounding to bf16 may switch a relu or a pool, which compare calls harmless.
expect 0 'the same first class in 100 %' 'a backend in bf16 and in fp32' \
    compare --backends=onednn,onednn
expect 1 'bf16' 'bf16 is not within a limit of fp32' \
    compare --backends=onednn,onednn --limit=1e-6
expect 3 'computes in fp32 only' 'a second backend without bf16' \
    compare --backends=onednn,reference

need_data 'training in bf16'
train() { onednn train "$net" --quiet --deterministic "$@"; }
kinds() { head -c 20000 "$1" | grep -ao '"dtype": *"[A-Z0-9]*"' | tr -d ' ' | sort -u; }
expect 0 '' 'training in fp32' train --output=fp32
expect 0 '' 'training in bf16' train --precision=bf16 --output=bf16
for file in checkpoint model; do
    verdict "$file.safetensors has the types that it has in fp32" "$(
        kinds fp32/$file.safetensors >one
        kinds bf16/$file.safetensors >two
        grep -q F32 two && ! grep -q BF16 two || show two
        diff one two)"
done
verdict 'the losses are nearly those of fp32' "$(
    paste -d, fp32/metrics.csv bf16/metrics.csv | awk -F, 'NR > 1 {
        n++
        off = $4 - $(NF / 2 + 4)
        if (off > 0.05 * $4 || off < -0.05 * $4) print
    } END { if (!n) print "no rows" }')"
expect 0 'images/s' 'weights of bf16 in fp32' onednn eval "$net" --output=bf16
expect 0 'images/s' 'weights of fp32 in bf16' \
    onednn eval "$net" --output=fp32 --precision=bf16
expect 0 '' 'stopping in bf16' \
    train --precision=bf16 --output=stopped --set=train.max_steps=15
expect 0 '' 'resuming in bf16' train --precision=bf16 --output=stopped --resume
same_results bf16 stopped 'the same results after resuming in bf16'
finish
