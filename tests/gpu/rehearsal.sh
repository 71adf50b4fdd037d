#!/bin/sh
# rehearsal.sh: tests/gpu/check --small on the stand-ins for NVIDIA's libraries, in the tree of a
# bundle: all its stages within its minutes.
. "$srcdir/tests/e2e/e2e.sh"
. "$srcdir/tests/backends/cudnn/standins.sh"
unset RESNET_PLUGIN_PATH RESNET_MODELS_PATH TEST_LONG

tree=$work/bundle shared=$work/bundle/libexec/resnet-run
source=$(cd "$srcdir" && pwd)
mkdir -p "$tree/bin" "$tree/lib" "$tree/share/resnet-run" "$shared/tests/ops" "$shared/tests/gpu"
ln -s "$builddir/.libs" "$tree/lib/resnet-run"
ln -s "$source/share/models" "$tree/share/resnet-run/models"
for folder in golden config bench data; do ln -s "$source/tests/$folder" "$shared/tests/"; done
cp "$source/tests/gpu/"* "$shared/tests/gpu/"
ln -s ../libexec/resnet-run/tests/gpu/check "$tree/bin/gpu-check"
ln -s "$builddir/resnet-run" "$builddir/resnet-plugin" "$tree/bin/"
! has_program test_ops 'the goldens' || ln -s "$program_file" "$shared/tests/ops/test_ops"

begin_s=$(date +%s)
expect 0 '' 'gpu-check --small' "$tree/bin/gpu-check" --small --minutes=9 --output=out
seconds=$(($(date +%s) - begin_s))
verdict 'within its minutes' "$([ $seconds -lt 550 ] || echo "$seconds s")"
verdict 'eight files at most' "$([ "$(ls out | wc -l)" -le 8 ] || ls out)"
grep '"kind":"stage"' out/report.jsonl >stages
verdict 'every stage is done' "$(grep -v '"outcome":"done"' stages)"
verdict 'there are 18' "$([ "$(wc -l <stages)" = 18 ] || cat stages)"
verdict 'the steps of ours are in the table' "$(
    for row in 'training | bf16 | 2' 'inference | bf16 | 2' 'inference | bf16 | 1' \
        'training | fp16 | 2' 'training | tf32 | 2' 'training | fp32 | 2'; do
        grep -q "^| dropout, $row | [0-9]" out/table.md || echo "no $row"
    done)"
verdict 'so are the tests' "$(grep -q '^| test_ops, .*[1-9][0-9]* passed, 0 failed' out/table.md &&
    grep -q '^| compare with cpu_blas, fp16, infer | .* right |' out/table.md || cat out/table.md)"
verdict 'kernels have names' "$(grep -q '^cudnn.so,train-step,2,bf16,".*conv' out/kernels.csv ||
    cat out/kernels.csv)"
verdict 'the caches came along' "$(tar -tzf out/caches.tar.gz | grep -q 'cudnn-choices' ||
    tar -tzf out/caches.tar.gz)"
finish
