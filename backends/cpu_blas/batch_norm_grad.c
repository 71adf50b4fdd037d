/* batch_norm_grad.c: the gradient of batch normalisation, through the mask of its relu. With g the
 * gradient of the normalised values and M their number in a channel: dbias = sum g, dweight = sum g
 * * xhat, dx = weight * inv_std * (g - (dbias + xhat * dweight) / M), dz = g. */
#include "cpu_blas/batch_norm.h"

/* Adds up g and g * (x - mean), where g is dy if kept, else 0. */
CPU_CLONES
static void gradient_sums(const float *x, const float *dy, const uint8_t *keep, int64_t count,
                          float mean, norm_sums *sums)
{
    float first = 0, second = 0, g[MASK_CHUNK];
    /* A separate loop: within the next one it is not vectorised. */
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        g[i] = keep[i] ? dy[i] : 0.0f;
#pragma omp simd reduction(+ : first, second)
    for (int64_t i = 0; i < count; i++) {
        first += g[i];
        second += g[i] * (x[i] - mean);
    }
    sums->first += (double)first;
    sums->second += (double)second;
}

/* dx = factor * (g - centre - slope * (x - mean)). */
typedef struct gradient_line {
    float mean, factor, centre, slope;
} gradient_line;

typedef struct gradient_values {
    const float *x, *dy;
    float *dx, *dz; /* dz may be NULL; both may be x or dy */
} gradient_values;

CPU_CLONES
static void gradient_apply(const gradient_line *line, const gradient_values *values,
                           const uint8_t *keep, int64_t count)
{
    const float *x = values->x, *dy = values->dy;
    float *dx = values->dx, *dz = values->dz;
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

/* Runs one part of a pass: adds up the sums if `line` is NULL, else computes the gradient. */
static void gradient_part_run(const norm_call *call, const norm_part *part,
                              const gradient_line *line, float mean, norm_sums *sums)
{
    const shape_image *s = &call->s;
    float x_room[MASK_CHUNK], dy_room[MASK_CHUNK], dx_room[MASK_CHUNK], dz_room[MASK_CHUNK];
    uint8_t keep[MASK_CHUNK];
    int64_t size = part->count / part->n_planes;
    for (int64_t i = 0; i < part->n_planes; i++)
        mask_bytes_get(norm_part_mask(s, part, i, call->desc->inputs[RN_BATCH_NORM_GRAD_MASK],
                                      call->operands[RN_AT_BATCH_NORM_GRAD_MASK]),
                       part->at, keep + i * size, size);
    gradient_values values = {
        norm_part_read(s, part, call->operands[RN_AT_BATCH_NORM_GRAD_X], x_room),
        norm_part_read(s, part, call->operands[RN_AT_BATCH_NORM_GRAD_DY], dy_room),
        norm_part_target(s, part, call->operands[RN_AT_BATCH_NORM_GRAD_DX], dx_room),
        norm_part_target(s, part, call->operands[RN_AT_BATCH_NORM_GRAD_DZ], dz_room)
    };
    if (!line) {
        gradient_sums(values.x, values.dy, keep, part->count, mean, sums);
        return;
    }
    gradient_apply(line, &values, keep, part->count);
    norm_part_write(s, part, call->operands[RN_AT_BATCH_NORM_GRAD_DX], values.dx);
    norm_part_write(s, part, call->operands[RN_AT_BATCH_NORM_GRAD_DZ], values.dz);
}

static void gradient_channel(const norm_call *call, int64_t c, const gradient_line *line,
                             float mean, norm_sums *sums)
{
    norm_part part = { 0 };
    for (bool more = norm_part_next(&call->s, c, true, &part); more;
         more = norm_part_next(&call->s, c, false, &part))
        gradient_part_run(call, &part, line, mean, sums);
}

/* The sums of channel c, of g and of g * xhat, which are the gradients of bias and weight. */
static norm_sums channel_sums(const norm_call *call, int64_t c)
{
    const float *mean = call->operands[RN_AT_BATCH_NORM_GRAD_MEAN],
                *inv_std = call->operands[RN_AT_BATCH_NORM_GRAD_INV_STD];
    float *dweight = call->operands[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
          *dbias = call->operands[RN_AT_BATCH_NORM_GRAD_DBIAS];
    norm_sums sums = { 0, 0 };
    gradient_channel(call, c, NULL, mean[c], &sums);
    sums.second *= (double)inv_std[c];
    dweight[c] = (float)sums.second;
    dbias[c] = (float)sums.first;
    return sums;
}

/* This rank's, to be summed over the ranks. */
static void sums_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        norm_sums sums = channel_sums(call, c);
        call->of_ranks[c] = sums.first;
        call->of_ranks[call->s.c + c] = sums.second;
    }
}

static void gradient_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const norm_call *call = argument;
    const float *weight = call->operands[RN_AT_BATCH_NORM_GRAD_WEIGHT],
                *mean = call->operands[RN_AT_BATCH_NORM_GRAD_MEAN],
                *inv_std = call->operands[RN_AT_BATCH_NORM_GRAD_INV_STD];
    double count = norm_count(call);
    (void)thread;
    for (int64_t c = begin; c < end; c++) {
        const double *all = call->of_ranks;
        norm_sums sums = all ? (norm_sums){ all[c], all[call->s.c + c] } : channel_sums(call, c);
        double scale = (double)inv_std[c];
        gradient_line line = { .mean = mean[c],
                               .factor = (float)((double)weight[c] * scale),
                               .centre = (float)(sums.first / count),
                               .slope = (float)(sums.second * scale / count) };
        gradient_channel(call, c, &line, mean[c], &sums);
    }
}

static void gradient_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    norm_call call = norm_call_of(kernel, operands, workspace);
    if (call.of_ranks) {
        cpu_parallel(kernel->context, call.s.c, sums_work, &call);
        if (!cpu_ranks_sum(kernel->context, call.desc, call.of_ranks))
            return;
    }
    cpu_parallel(kernel->context, call.s.c, gradient_work, &call);
}

const cpu_operator cpu_blas_batch_norm_grad = { .query = cpu_ranks_query, .run = gradient_run };
