#!/bin/sh
# gpus.sh: how a device text selects a GPU, and GPUs that cannot do what is requested.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
open() { "$run" summary "$net" --algorithms --backend="$@"; }
info() { "$builddir/resnet-plugin" info cudnn; }

export CUDASIM_DEVICES=12 CUDASIM_MEMORY=8589934592
expect 0 'cudnn:3: Simulated GPU 3, CUDA ' 'the listing' info
expect 0 ', driver ' 'the listing has versions' info
means() { expect 0 "$2" "\"$1\" means $2" "$run" bench "$net" --backend="cudnn:$1" --steps=1 \
    --batch=8 --tune=off; }
means '' 'on cudnn'
means 'gpu 7' 'on cudnn:gpu 7'
means 'SIMULATED gpu 1' 'on cudnn:SIMULATED gpu 1'

# refused TEXT WORDS
refused() { expect 3 "$2" "\"$1\" is refused" open "cudnn:$1"; }
refused simulated 'more than one GPU is meant by "simulated"; the GPUs are 0: Simulated GPU 0, 8.0 '
refused tesla 'there is no GPU "tesla"; the GPUs are 0: '
refused 12 'there is no GPU "12"'
refused 99999999999999999999 'there is no GPU "99999999999999999999"'
verdict 'nothing is left' "$(blame)"

export CUDASIM_DEVICES=3 CUDA_VISIBLE_DEVICES=2,0
expect 0 'cudnn:1: Simulated GPU 0, CUDA ' 'GPUs that are hidden, and others renumbered' info
unset CUDA_VISIBLE_DEVICES

export CUDASIM_DEVICES=1 CUDASIM_ARCH=75
expect 3 'has compute capability 7.5, and tf32 needs 8.0; ask for' 'an older GPU: tf32' \
    open cudnn --precision=tf32
expect 3 'has compute capability 7.5, and bf16 needs 8.0; ask for' 'an older GPU: bf16' \
    open cudnn --precision=bf16
expect 0 '' 'an older GPU: fp16' open cudnn --precision=fp16 --tune=off
expect 0 '' 'an older GPU: fp32' open cudnn --precision=fp32 --tune=off
export CUDASIM_ARCH=61
expect 0 'cannot be used: CUDA ' 'a GPU that is too old: the listing' info
expect 3 ' and later; it has 6.1' 'a GPU that is too old' open cudnn
verdict 'nothing is left' "$(blame)"
export CUDASIM_ARCH=90 CUDASIM_MEMORY=50000000
expect 6 'ask for a smaller batch' 'a GPU with little memory' "$run" bench "$net" \
    --backend=cudnn --steps=1 --tune=off --batch=4096
verdict 'nothing is left' "$(blame)"
finish
