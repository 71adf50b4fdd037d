#!/bin/sh
# updates.sh: how fast AdamW, the norm of the gradients and the average of the weights go through
# ResNet-50's parameters, against the memory's own speed: a += s * b on arrays of the same length,
# with as many threads, just before and just after.
#
# From the environment: BACKEND (onednn), BATCH (32), THREADS (all), RESNET_RUN, CC.
set -eu
models=$(dirname "$0")/../../share/models
threads=${THREADS:-$(nproc)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/triad.c" <<'CODE'
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    const long n = 25557032; /* ResNet-50's parameters */
    float *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
    double best = 1e9;
#pragma omp parallel for schedule(static)
    for (long i = 0; i < n; i++)
        a[i] = b[i] = 1;
    for (int run = 0; run < 20; run++) {
        double begin = omp_get_wtime();
#pragma omp parallel for simd schedule(static)
        for (long i = 0; i < n; i++)
            a[i] += 0.5f * b[i];
        double s = omp_get_wtime() - begin;
        best = s < best ? s : best;
    }
    printf("%f\n", (double)n * 12 / best / 1e9);
    return a[n / 2] < 0;
}
CODE
"${CC:-cc}" -O3 -march=native -fopenmp "$work/triad.c" -o "$work/triad"
export OMP_NUM_THREADS="$threads"

"$work/triad" >"$work/speed"
"${RESNET_RUN:-resnet-run}" bench --backend="${BACKEND:-onednn}" --threads="$threads" \
    --batch="${BATCH:-32}" --set=train.optimizer=adamw --set=train.clip_norm=1.0 \
    --set=train.ema_decay=0.999 --json "$models/resnet50.cfg" >"$work/bench"
"$work/triad" >>"$work/speed"

python3 - "$work" <<'PY'
import json, sys
PARAMETERS, STATISTICS = 25557032, 53120
BYTES = {"adamw": 28 * PARAMETERS, "blend": 12 * (PARAMETERS + STATISTICS),
         "square_sum": 4 * PARAMETERS}
bench = json.load(open(f"{sys.argv[1]}/bench"))
speeds = [float(line) for line in open(f"{sys.argv[1]}/speed")]
print(f"memory: {speeds[0]:.1f} and {speeds[1]:.1f} GB/s; a step: {bench['median_ms']:.0f} ms")
print("| operator | ms | GB/s | of the memory's speed | of the step |\n|---|---|---|---|---|")
for operator in bench["operators"]:
    if operator["operator"] in BYTES:
        speed = BYTES[operator["operator"]] / operator["ms"] / 1e6
        print(f"| `{operator['operator']}` | {operator['ms']:.1f} | {speed:.1f} "
              f"| {speed / max(speeds):.2f} | {operator['share']:.2%} |")
PY
