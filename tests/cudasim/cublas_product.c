/* cublas_product.c: matrix products, computed when the stream reaches them. */
#include <fenv.h>
#include <stdlib.h>
#include <string.h>

#include "cublas_sim.h"
#include "values.h"

#define GARBAGE_BYTES ((size_t)1 << 20) /* filling a workspace of 32 MB takes 3 ms */

static float read_value(const cublas_matrix *m, int64_t at)
{
    if (m->type == CUDA_R_32F)
        return ((const float *)m->data)[at];
    uint16_t half = ((const uint16_t *)m->data)[at];
    return m->type == CUDA_R_16F ? cudasim_from_half(half) : cudasim_from_bf16(half);
}

static void write_value(const cublas_matrix *m, int64_t at, float value)
{
    void *data = (void *)(uintptr_t)m->data;
    if (m->type == CUDA_R_32F)
        ((float *)data)[at] = value;
    else
        ((uint16_t *)data)[at] =
            m->type == CUDA_R_16F ? cudasim_to_half(value) : cudasim_to_bf16(value);
}

static float rounded(float value, cublas_rounding rounding)
{
    switch (rounding) {
        case CUBLAS_TF32: return cudasim_round_tf32(value);
        case CUBLAS_HALF: return cudasim_from_half(cudasim_to_half(value));
        case CUBLAS_BF16: return cudasim_from_bf16(cudasim_to_bf16(value));
        default: return value;
    }
}

/* Copies one factor so that the elements of a sum over k are neighbours in memory. `along_columns`:
 * the sums run along the columns of the matrix; else along its rows. */
static void pack(const cublas_matrix *m, int64_t item, bool along_columns, cublas_rounding rounding,
                 float *packed)
{
    for (int64_t j = 0; j < m->columns; j++)
        for (int64_t i = 0; i < m->rows; i++) {
            float value = read_value(m, item * m->stride + j * m->ld + i);
            packed[along_columns ? j * m->rows + i : i * m->columns + j] = rounded(value, rounding);
        }
}

/* In floats, as cuBLAS adds; the order is its own. */
static float dot(const float *x, const float *y, int64_t n)
{
    float part[8] = { 0 }, sum = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int lane = 0; lane < 8; lane++)
            part[lane] += x[i + lane] * y[i + lane];
    for (; i < n; i++)
        sum += x[i] * y[i];
    for (int lane = 0; lane < 8; lane++)
        sum += part[lane];
    return sum;
}

static float product_at(const cublas_product *p, const float *a, const float *b)
{
    if (p->rounding == CUBLAS_EXACT && p->a.type == CUDA_R_32F)
        return dot(a, b, p->k);
    fesetround(FE_TOWARDZERO); /* tensor cores cut off; cudnn_loops.c */
    float sum = dot(a, b, p->k);
    fesetround(FE_TONEAREST);
    return sum;
}

bool cublas_product_run(void *what)
{
    const cublas_product *p = what;
    float *a = malloc(sizeof *a * (size_t)(p->m * p->k + 1));
    float *b = malloc(sizeof *b * (size_t)(p->n * p->k + 1));
    if (!a || !b)
        cudasim_late_error(cudaErrorMemoryAllocation);
    for (int64_t item = 0; a && b && item < p->batch; item++) {
        pack(&p->a, item, p->a.op == CUBLAS_OP_T, p->rounding, a);
        pack(&p->b, item, p->b.op == CUBLAS_OP_N, p->rounding, b);
        for (int64_t j = 0; j < p->n; j++)
            for (int64_t i = 0; i < p->m; i++) {
                int64_t at = item * p->c.stride + j * p->c.ld + i;
                double sum = (double)p->alpha * product_at(p, a + i * p->k, b + j * p->k);
                if (p->beta != 0)
                    sum += (double)p->beta * read_value(&p->c, at);
                write_value(&p->c, at, (float)sum);
            }
    }
    if (p->workspace) /* leave garbage in the scratch memory, at least at its start */
        memset(p->workspace, 0xff,
               p->workspace_bytes < GARBAGE_BYTES ? p->workspace_bytes : GARBAGE_BYTES);
    free(a);
    free(b);
    return true;
}
