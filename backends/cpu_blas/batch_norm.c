/* batch_norm.c: batch normalisation with add, relu and mask in the same pass, and its gradient. A
 * thread does whole channels: all passes over a channel after the first find it in the cache.
 *
 * The statistics are sums of x - shift and of its square, shift being the mean of the channel's
 * first plane. Since that plane is part of the batch, the variance is at least (mean - shift)^2 / N
 * or so: what cancels is bounded, whatever the mean. */
#include <inttypes.h>
#include <math.h>

#include "cpu_blas/mask_bytes.h"

enum { X, WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VAR, Z, Y, MEAN, INV_STD, MASK };
enum { G_X, G_DY, G_WEIGHT, G_MEAN, G_INV_STD, G_MASK, G_DX, G_DWEIGHT, G_DBIAS, G_DZ };

typedef struct norm_call {
    const rn_op_desc *desc;
    void *const *operands;
    shape_image s;
} norm_call;

/* What happens to every value of a channel: (x - mean) * scale + bias. */
typedef struct norm_line {
    float mean, scale, bias;
    bool relu;
} norm_line;

typedef struct norm_sums {
    double first, second;
} norm_sums;

/* Sums of x - shift and of its square. */
CPU_BLAS_CLONES
static void plane_sums(const float *x, int64_t count, float shift, norm_sums *sums)
{
    float first = 0, second = 0;
#pragma omp simd reduction(+ : first, second)
    for (int64_t i = 0; i < count; i++) {
        float difference = x[i] - shift;
        first += difference;
        second += difference * difference;
    }
    sums->first += (double)first;
    sums->second += (double)second;
}

static void statistics(const float *x, shape_image s, int64_t c, double *mean, double *variance)
{
    int64_t plane = s.h * s.w;
    norm_sums start = { 0, 0 }, sums = { 0, 0 };
    plane_sums(x + c * plane, plane, x[c * plane], &start);
    double shift = (double)x[c * plane] + start.first / (double)plane;
    for (int64_t n = 0; n < s.n; n++)
        plane_sums(x + (n * s.c + c) * plane, plane, (float)shift, &sums);
    double count = (double)(s.n * plane), offset = sums.first / count;
    *mean = (double)(float)shift + offset;
    *variance = fmax(0, sums.second / count - offset * offset);
}

/* z and keep may be NULL. y may be x or z. */
CPU_BLAS_CLONES
static void line_apply(const norm_line *line, const float *x, const float *z, float *y,
                       uint8_t *keep, int64_t count)
{
    float mean = line->mean, scale = line->scale, bias = line->bias;
    if (z) {
#pragma omp simd
        for (int64_t i = 0; i < count; i++)
            y[i] = (x[i] - mean) * scale + bias + z[i];
    } else {
#pragma omp simd
        for (int64_t i = 0; i < count; i++)
            y[i] = (x[i] - mean) * scale + bias;
    }
    if (!line->relu)
        return;
    if (keep) {
#pragma omp simd
        for (int64_t i = 0; i < count; i++)
            keep[i] = y[i] <= 0.0f ? 0 : 1;
    }
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        y[i] = y[i] <= 0.0f ? 0.0f : y[i];
}

static void plane_apply(const norm_call *call, const norm_line *line, int64_t plane)
{
    int64_t count = call->s.h * call->s.w, start = plane * count;
    const float *x = (const float *)call->operands[X] + start;
    const float *z = call->operands[Z] ? (const float *)call->operands[Z] + start : NULL;
    float *y = (float *)call->operands[Y] + start;
    const rn_tensor_desc *mask_desc = call->desc->outputs[MASK - Y];
    mask_plane mask = { NULL, false };
    if (call->operands[MASK])
        mask = mask_plane_at(mask_desc, call->operands[MASK], plane);
    uint8_t keep[MASK_CHUNK];
    for (int64_t i = 0; i < count; i += MASK_CHUNK) {
        int64_t n = cpu_blas_min(MASK_CHUNK, count - i);
        line_apply(line, x + i, z ? z + i : NULL, y + i, mask.bytes ? keep : NULL, n);
        if (mask.bytes)
            mask_bytes_put(mask, i, keep, n);
    }
}

static norm_line line_of(const norm_call *call, int64_t c, double mean, double inv_std)
{
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const float *weight = call->operands[WEIGHT], *bias = call->operands[BIAS];
    return (norm_line){ .mean = (float)mean,
                        .scale = (float)((double)weight[c] * inv_std),
                        .bias = bias[c],
                        .relu = a->epilogue & RN_EPILOGUE_RELU };
}

static void training_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    float *running_mean = call->operands[RUNNING_MEAN], *running_var = call->operands[RUNNING_VAR];
    float *mean_out = call->operands[MEAN], *inv_std_out = call->operands[INV_STD];
    shape_image s = call->s;
    double count = (double)(s.n * s.h * s.w), share = a->momentum;
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        double mean, variance;
        statistics(call->operands[X], s, c, &mean, &variance);
        double inv_std = 1 / sqrt(variance + a->epsilon);
        double unbiased = variance * count / (count - 1);
        running_mean[c] = (float)((1 - share) * (double)running_mean[c] + share * mean);
        running_var[c] = (float)((1 - share) * (double)running_var[c] + share * unbiased);
        mean_out[c] = (float)mean;
        inv_std_out[c] = (float)inv_std;
        norm_line line = line_of(call, c, mean, inv_std);
        for (int64_t n = 0; n < s.n; n++)
            plane_apply(call, &line, n * s.c + c);
    }
}

static void inference_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const float *mean = call->operands[RUNNING_MEAN], *variance = call->operands[RUNNING_VAR];
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t c = plane % call->s.c;
        double inv_std = 1 / sqrt((double)variance[c] + a->epsilon);
        norm_line line = line_of(call, c, (double)mean[c], inv_std);
        plane_apply(call, &line, plane);
    }
}

static rn_status batch_norm_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_batch_norm_attrs *a = op->attrs;
    shape_image s = shape_of_image(op->inputs[X]);
    (void)context;
    (void)answer;
    if (a->training && s.n * s.h * s.w == 1)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, and x "
                              "is (1,%" PRId64 ",1,1); use a larger batch", s.c);
    if (a->training && (!op->outputs[MEAN - Y] || !op->outputs[INV_STD - Y]))
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training it has outputs mean and inv_std");
    if ((a->epilogue & RN_EPILOGUE_ADD) && !op->inputs[Z])
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: the epilogue adds z, and input %d is missing", Z);
    return RN_OK;
}

static void batch_norm_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    norm_call call = { &kernel->desc, operands, shape_of_image(kernel->desc.inputs[X]) };
    (void)workspace;
    if (a->training)
        cpu_parallel(kernel->context, call.s.c, training_work, &call);
    else
        cpu_parallel(kernel->context, call.s.n * call.s.c, inference_work, &call);
}

const cpu_operator cpu_blas_batch_norm = { "batch_norm", batch_norm_query, NULL, NULL,
                                           batch_norm_run };

/* Sums of g and of g * (x - mean), g being dy where it was kept. */
CPU_BLAS_CLONES
static void gradient_sums(const float *x, const float *dy, const uint8_t *keep, int64_t count,
                          float mean, norm_sums *sums)
{
    float first = 0, second = 0;
#pragma omp simd reduction(+ : first, second)
    for (int64_t i = 0; i < count; i++) {
        float g = keep[i] ? dy[i] : 0.0f;
        first += g;
        second += g * (x[i] - mean);
    }
    sums->first += (double)first;
    sums->second += (double)second;
}

/* dx = factor * (g - centre - slope * (x - mean)). */
typedef struct gradient_line {
    float mean, factor, centre, slope;
} gradient_line;

typedef struct gradient_part {
    const float *x, *dy;
    float *dx, *dz; /* dz may be NULL; both may lie on x or dy */
} gradient_part;

CPU_BLAS_CLONES
static void gradient_apply(const gradient_line *line, const gradient_part *part,
                           const uint8_t *keep, int64_t count)
{
    const float *x = part->x, *dy = part->dy;
    float *dx = part->dx, *dz = part->dz;
    float mean = line->mean, factor = line->factor, centre = line->centre, slope = line->slope;
    if (dz) {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            float g = keep[i] ? dy[i] : 0.0f;
            dx[i] = factor * (g - centre - slope * (x[i] - mean));
            dz[i] = g;
        }
    } else {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            float g = keep[i] ? dy[i] : 0.0f;
            dx[i] = factor * (g - centre - slope * (x[i] - mean));
        }
    }
}

/* One plane of either pass; `line` NULL: the sums. */
static void gradient_plane(const norm_call *call, int64_t plane, const gradient_line *line,
                           float mean, norm_sums *sums)
{
    int64_t count = call->s.h * call->s.w, start = plane * count;
    mask_plane mask = { NULL, false };
    if (call->operands[G_MASK])
        mask = mask_plane_at(call->desc->inputs[G_MASK], call->operands[G_MASK], plane);
    uint8_t keep[MASK_CHUNK];
    for (int64_t i = 0; i < count; i += MASK_CHUNK) {
        int64_t n = cpu_blas_min(MASK_CHUNK, count - i), at = start + i;
        gradient_part part = { (const float *)call->operands[G_X] + at,
                               (const float *)call->operands[G_DY] + at,
                               (float *)call->operands[G_DX] + at,
                               call->operands[G_DZ] ? (float *)call->operands[G_DZ] + at : NULL };
        mask_bytes_get(mask, i, keep, n);
        if (line)
            gradient_apply(line, &part, keep, n);
        else
            gradient_sums(part.x, part.dy, keep, n, mean, sums);
    }
}

static void gradient_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    const float *weight = call->operands[G_WEIGHT], *mean = call->operands[G_MEAN];
    const float *inv_std = call->operands[G_INV_STD];
    float *dweight = call->operands[G_DWEIGHT], *dbias = call->operands[G_DBIAS];
    shape_image s = call->s;
    double count = (double)(s.n * s.h * s.w);
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        norm_sums sums = { 0, 0 };
        double scale = (double)inv_std[c];
        for (int64_t n = 0; n < s.n; n++)
            gradient_plane(call, n * s.c + c, NULL, mean[c], &sums);
        gradient_line line = { .mean = mean[c], .factor = (float)((double)weight[c] * scale),
                               .centre = (float)(sums.first / count),
                               .slope = (float)(sums.second * scale * scale / count) };
        for (int64_t n = 0; n < s.n; n++)
            gradient_plane(call, n * s.c + c, &line, mean[c], &sums);
        dweight[c] = (float)(sums.second * scale);
        dbias[c] = (float)sums.first;
    }
}

static void gradient_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    norm_call call = { &kernel->desc, operands, shape_of_image(kernel->desc.inputs[G_X]) };
    (void)workspace;
    cpu_parallel(kernel->context, call.s.c, gradient_work, &call);
}

const cpu_operator cpu_blas_batch_norm_grad = { "batch_norm_grad", NULL, NULL, NULL,
                                                gradient_run };
