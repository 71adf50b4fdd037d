/* batch_norm.c: batch normalisation with add, relu and mask in the same pass. In training each
 * thread computes whole channels: the second pass over a channel finds it in the cache.
 *
 * The statistics are sums of x - shift and of its square, where shift is the mean of the channel's
 * first plane. That plane is part of the batch, so the variance is at least about (mean - shift)^2
 * / N: cancellation is bounded, whatever the mean.
 *
 * If synchronised, the statistics of all channels come first, to be summed over the ranks. */
#include "cpu_blas/batch_norm.h"

#include <inttypes.h>
#include <math.h>

/* Applied to every value of a channel: (x - mean) * scale + bias. */
typedef struct norm_line {
    float mean, scale, bias;
    bool relu;
} norm_line;

/* Adds up x - shift and its square. */
CPU_CLONES
static void part_sums(const float *x, int64_t count, float shift, norm_sums *sums)
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
    int64_t size = s.h * s.w;
    norm_sums start = { 0, 0 }, sums = { 0, 0 };
    norm_part part = { 0 };
    float room[MASK_CHUNK];
    part_sums(x + c * size, size, x[c * size], &start);
    float shift = (float)((double)x[c * size] + start.first / (double)size);
    for (bool more = norm_part_next(&s, c, true, &part); more;
         more = norm_part_next(&s, c, false, &part))
        part_sums(norm_part_read(&s, &part, x, room), part.count, shift, &sums);
    double count = (double)(s.n * size), offset = sums.first / count;
    *mean = (double)shift + offset;
    double difference = sums.second / count - offset * offset;
    *variance = difference < 0 ? 0 : difference; /* NaN stays: fmax would hide it */
}

/* z and keep may be NULL. y may be x or z. */
CPU_CLONES
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

static void part_apply(const norm_call *call, const norm_line *line, const norm_part *part)
{
    const shape_image *s = &call->s;
    float x_room[MASK_CHUNK], z_room[MASK_CHUNK], y_room[MASK_CHUNK];
    uint8_t keep[MASK_CHUNK];
    float *y = norm_part_target(s, part, call->operands[RN_AT_BATCH_NORM_Y], y_room);
    bool masked = call->operands[RN_AT_BATCH_NORM_MASK] != NULL;
    line_apply(line, norm_part_read(s, part, call->operands[RN_AT_BATCH_NORM_X], x_room),
               norm_part_read(s, part, call->operands[RN_AT_BATCH_NORM_Z], z_room), y,
               masked ? keep : NULL, part->count);
    norm_part_write(s, part, call->operands[RN_AT_BATCH_NORM_Y], y);
    int64_t size = part->count / part->n_planes;
    for (int64_t i = 0; masked && i < part->n_planes; i++)
        mask_bytes_put(norm_part_mask(s, part, i, call->desc->outputs[RN_BATCH_NORM_MASK],
                                      call->operands[RN_AT_BATCH_NORM_MASK]),
                       part->at, keep + i * size, size);
}

static norm_line line_of(const norm_call *call, int64_t c, double mean, double inv_std)
{
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const float *weight = call->operands[RN_AT_BATCH_NORM_WEIGHT],
                *bias = call->operands[RN_AT_BATCH_NORM_BIAS];
    return (norm_line){ .mean = (float)mean,
                        .scale = (float)((double)weight[c] * inv_std),
                        .bias = bias[c],
                        .relu = a->epilogue & RN_EPILOGUE_RELU };
}

/* The moments of this rank, to be summed over the ranks. */
static void moments_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        double mean, variance;
        statistics(call->operands[RN_AT_BATCH_NORM_X], call->s, c, &mean, &variance);
        rank_sums_put(call->of_ranks, call->s.c, c, mean, variance);
    }
}

static void training_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    float *running_mean = call->operands[RN_AT_BATCH_NORM_RUNNING_MEAN],
          *running_var = call->operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    float *mean_out = call->operands[RN_AT_BATCH_NORM_MEAN],
          *inv_std_out = call->operands[RN_AT_BATCH_NORM_INV_STD];
    shape_image s = call->s;
    double count = norm_count(call), share = a->momentum;
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        double mean, variance;
        if (call->of_ranks)
            rank_sums_get(call->of_ranks, s.c, c, call->n_ranks, &mean, &variance);
        else
            statistics(call->operands[RN_AT_BATCH_NORM_X], s, c, &mean, &variance);
        double inv_std = 1 / sqrt(variance + a->epsilon);
        double unbiased = variance * count / (count - 1);
        running_mean[c] = (float)((1 - share) * (double)running_mean[c] + share * mean);
        running_var[c] = (float)((1 - share) * (double)running_var[c] + share * unbiased);
        mean_out[c] = (float)mean;
        inv_std_out[c] = (float)inv_std;
        norm_line line = line_of(call, c, mean, inv_std);
        norm_part part = { 0 };
        for (bool more = norm_part_next(&s, c, true, &part); more;
             more = norm_part_next(&s, c, false, &part))
            part_apply(call, &line, &part);
    }
}

static void inference_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const float *mean = call->operands[RN_AT_BATCH_NORM_RUNNING_MEAN],
                *variance = call->operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    int64_t size = call->s.h * call->s.w;
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t c = plane % call->s.c;
        double inv_std = 1 / sqrt((double)variance[c] + a->epsilon);
        norm_line line = line_of(call, c, (double)mean[c], inv_std);
        for (int64_t at = 0; at < size; at += MASK_CHUNK)
            part_apply(call, &line,
                       &(norm_part){ plane, 1, at, cpu_blas_min(MASK_CHUNK, size - at) });
    }
}

static rn_status batch_norm_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_batch_norm_attrs *a = op->attrs;
    shape_image s = shape_of_image(op->inputs[RN_BATCH_NORM_X]);
    if (a->training && s.n * s.h * s.w * rank_sums_ranks(&context->ranks, op) == 1)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, but x "
                              "is (1,%" PRId64 ",1,1); use a larger batch",
                              s.c);
    if (a->training && (!op->outputs[RN_BATCH_NORM_MEAN] || !op->outputs[RN_BATCH_NORM_INV_STD]))
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: training requires the outputs mean and inv_std");
    if ((a->epilogue & RN_EPILOGUE_ADD) && !op->inputs[RN_BATCH_NORM_Z])
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: the epilogue adds z, but input %d is missing",
                              RN_AT_BATCH_NORM_Z);
    return cpu_ranks_query(context, op, answer);
}

static void batch_norm_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    norm_call call = norm_call_of(kernel, operands, workspace);
    if (call.of_ranks) {
        cpu_parallel(kernel->context, call.s.c, moments_work, &call);
        if (!cpu_ranks_sum(kernel->context, call.desc, call.of_ranks))
            return;
    }
    if (a->training)
        cpu_parallel(kernel->context, call.s.c, training_work, &call);
    else
        cpu_parallel(kernel->context, call.s.n * call.s.c, inference_work, &call);
}

const cpu_operator cpu_blas_batch_norm = { .query = batch_norm_query, .run = batch_norm_run };
