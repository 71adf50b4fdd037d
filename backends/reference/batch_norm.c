/* batch_norm.c: batch normalisation, in training and in inference, and its gradient. Each thread
 * computes whole channels.
 *
 *     y = weight * (x - mean) * inv_std + bias,    inv_std = 1 / sqrt(variance + epsilon)
 *
 * In training, mean and variance (the biased one) are the batch's. A second pass sums squared
 * differences from the mean, so that a channel with mean 1000 loses no precision. With g the
 * gradient of y, M the number of values in a channel and xhat = (x - mean) * inv_std:
 *
 *     dbias = sum g,    dweight = sum g * xhat
 *     dx = weight * inv_std * (g - (dbias + xhat * dweight) / M)
 *
 * If synchronised, mean, variance and M are those of all ranks' values, and so are the sums in dx;
 * dweight and dbias are this rank's. A first pass over the channels then collects what is summed
 * over the ranks (base/rank_sums.h), in the workspace. */
#include <inttypes.h>
#include <math.h>

#include "reference/epilogue.h"

static rn_status batch_norm_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_batch_norm_attrs *a = op->attrs;
    const shape_image s = shape_of_image(op->inputs[RN_BATCH_NORM_X]);
    if (op->inputs[RN_BATCH_NORM_X]->rank != 4)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: x has rank %d; batch_norm requires images (N,C,H,W)",
                              (int)op->inputs[RN_BATCH_NORM_X]->rank);
    if (a->training && s.n * s.h * s.w * rank_sums_ranks(&context->ranks, op) == 1)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, but x "
                              "is (1,%" PRId64 ",1,1); use a larger batch",
                              s.c);
    if (a->training && (!op->outputs[RN_BATCH_NORM_MEAN] || !op->outputs[RN_BATCH_NORM_INV_STD]))
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: training requires the outputs mean and inv_std");
    rn_status status = cpu_ranks_query(context, op, answer);
    return status ? status : reference_epilogue_query(op, a->epilogue, RN_AT_BATCH_NORM_Z);
}

/* Mean and biased variance of channel c. */
static void statistics(const float *x, shape_image s, int64_t c, double *mean, double *variance)
{
    int64_t plane = s.h * s.w;
    double count = (double)(s.n * plane), sum = 0, squares = 0;
    for (int64_t n = 0; n < s.n; n++)
        for (int64_t i = 0; i < plane; i++)
            sum += (double)x[(n * s.c + c) * plane + i];
    *mean = sum / count;
    for (int64_t n = 0; n < s.n; n++) {
        for (int64_t i = 0; i < plane; i++) {
            double difference = (double)x[(n * s.c + c) * plane + i] - *mean;
            squares += difference * difference;
        }
    }
    *variance = squares / count;
}

/* The number of ranks whose values the statistics are of. */
static int32_t ranks_of(const reference_call *call)
{
    return rank_sums_ranks(&call->kernel->context->ranks, call->desc);
}

/* The moments of this rank, to be summed over the ranks. */
static void moments_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const shape_image s = shape_of_image(call->desc->inputs[RN_BATCH_NORM_X]);
    for (int64_t c = begin; c < end; c++) {
        double mean, variance;
        statistics(call->operands[RN_AT_BATCH_NORM_X], s, c, &mean, &variance);
        rank_sums_put(call->workspace, s.c, c, mean, variance);
    }
}

/* Moves a running estimate towards the batch's value. */
static void running_update(float *running, double value, double momentum)
{
    *running = (float)((1 - momentum) * (double)*running + momentum * value);
}

static void batch_norm_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const shape_image s = shape_of_image(call->desc->inputs[RN_BATCH_NORM_X]);
    const reference_epilogue_places places = { .flags = a->epilogue,
                                               .z = RN_AT_BATCH_NORM_Z,
                                               .y = RN_AT_BATCH_NORM_Y,
                                               .mask = RN_AT_BATCH_NORM_MASK };
    const float *x = call->operands[RN_AT_BATCH_NORM_X];
    const float *weight = call->operands[RN_AT_BATCH_NORM_WEIGHT],
                *bias = call->operands[RN_AT_BATCH_NORM_BIAS];
    float *running_mean = call->operands[RN_AT_BATCH_NORM_RUNNING_MEAN],
          *running_var = call->operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    float *mean_out = call->operands[RN_AT_BATCH_NORM_MEAN],
          *inv_std_out = call->operands[RN_AT_BATCH_NORM_INV_STD];
    int64_t plane = s.h * s.w;
    int32_t n_ranks = ranks_of(call);
    double count = (double)(s.n * plane * n_ranks);

    for (int64_t c = begin; c < end; c++) {
        double mean = (double)running_mean[c], variance = (double)running_var[c];
        if (n_ranks > 1)
            rank_sums_get(call->workspace, s.c, c, n_ranks, &mean, &variance);
        else if (a->training)
            statistics(x, s, c, &mean, &variance);
        if (a->training) {
            running_update(&running_mean[c], mean, a->momentum);
            running_update(&running_var[c], variance * count / (count - 1), a->momentum);
        }
        double inv_std = 1 / sqrt(variance + a->epsilon);
        if (a->training) {
            mean_out[c] = (float)mean;
            inv_std_out[c] = (float)inv_std;
        }
        for (int64_t n = 0; n < s.n; n++) {
            const float *x_plane = x + (n * s.c + c) * plane;
            reference_epilogue e = reference_epilogue_at(call, places, n * s.c + c);
            for (int64_t i = 0; i < plane; i++) {
                double xhat = ((double)x_plane[i] - mean) * inv_std;
                reference_epilogue_store(&e, i, (double)weight[c] * xhat + (double)bias[c]);
            }
        }
    }
}

/* Where the batch norm is synchronised: takes this rank's sums, then those of all. False after a
 * failure. */
static bool sum_over_ranks(const rn_kernel *kernel, void *const *operands, void *workspace,
                           int64_t channels,
                           void (*work)(void *call, int64_t begin, int64_t end, int32_t thread))
{
    if (!rank_sums_wanted(&kernel->desc))
        return true;
    reference_each(kernel, operands, workspace, channels, work);
    return cpu_ranks_sum(kernel->context, &kernel->desc, workspace);
}

static void batch_norm_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    int64_t channels = kernel->desc.inputs[RN_BATCH_NORM_X]->shape[1];
    if (sum_over_ranks(kernel, operands, workspace, channels, moments_work))
        reference_each(kernel, operands, workspace, channels, batch_norm_work);
}

const cpu_operator reference_batch_norm = { .query = batch_norm_query, .run = batch_norm_run };

/* The operands of one plane. */
typedef struct grad_plane {
    const float *x, *dy;
    mask_plane mask; /* bytes NULL: no relu */
    float *dx, *dz;  /* dz may be NULL */
} grad_plane;

static grad_plane grad_plane_at(const reference_call *call, int64_t plane)
{
    const rn_tensor_desc *mask = call->desc->inputs[RN_BATCH_NORM_GRAD_MASK];
    int64_t at = plane * shape_plane_size(call->desc->inputs[RN_BATCH_NORM_GRAD_X]);
    grad_plane p = { .x = (const float *)call->operands[RN_AT_BATCH_NORM_GRAD_X] + at,
                     .dy = (const float *)call->operands[RN_AT_BATCH_NORM_GRAD_DY] + at,
                     .dx = (float *)call->operands[RN_AT_BATCH_NORM_GRAD_DX] + at };
    if (call->operands[RN_AT_BATCH_NORM_GRAD_MASK])
        p.mask = mask_plane_at(mask, call->operands[RN_AT_BATCH_NORM_GRAD_MASK], plane);
    if (call->operands[RN_AT_BATCH_NORM_GRAD_DZ])
        p.dz = (float *)call->operands[RN_AT_BATCH_NORM_GRAD_DZ] + at;
    return p;
}

/* The gradient before the epilogue's relu: 0 where the mask is 0. */
static double grad_get(const grad_plane *p, int64_t i)
{
    return p->mask.bytes && !mask_get(p->mask, i) ? 0 : (double)p->dy[i];
}

/* The values that one channel's gradient needs. */
typedef struct grad_channel {
    double weight, mean, inv_std;
    double dweight, dbias;
} grad_channel;

static void grad_sum(const grad_plane *p, int64_t size, grad_channel *channel)
{
    for (int64_t i = 0; i < size; i++) {
        double xhat = ((double)p->x[i] - channel->mean) * channel->inv_std;
        double g = grad_get(p, i);
        channel->dbias += g;
        channel->dweight += g * xhat;
    }
}

static void grad_store(const grad_plane *p, int64_t size, const grad_channel *channel, double count)
{
    for (int64_t i = 0; i < size; i++) {
        double xhat = ((double)p->x[i] - channel->mean) * channel->inv_std;
        double g = grad_get(p, i);
        double centred = g - (channel->dbias + xhat * channel->dweight) / count;
        p->dx[i] = (float)(channel->weight * channel->inv_std * centred);
        if (p->dz)
            p->dz[i] = (float)g;
    }
}

/* Sums up channel c, and stores the sums. */
static grad_channel grad_channel_of(const reference_call *call, shape_image s, int64_t c)
{
    const float *weight = call->operands[RN_AT_BATCH_NORM_GRAD_WEIGHT];
    const float *mean = call->operands[RN_AT_BATCH_NORM_GRAD_MEAN],
                *inv_std = call->operands[RN_AT_BATCH_NORM_GRAD_INV_STD];
    float *dweight = call->operands[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
          *dbias = call->operands[RN_AT_BATCH_NORM_GRAD_DBIAS];
    grad_channel channel = { .weight = (double)weight[c],
                             .mean = (double)mean[c],
                             .inv_std = (double)inv_std[c] };
    for (int64_t n = 0; n < s.n; n++) {
        grad_plane p = grad_plane_at(call, n * s.c + c);
        grad_sum(&p, s.h * s.w, &channel);
    }
    dweight[c] = (float)channel.dweight;
    dbias[c] = (float)channel.dbias;
    return channel;
}

/* The sums of this rank, to be summed over the ranks. */
static void grad_sums_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const shape_image s = shape_of_image(call->desc->inputs[RN_BATCH_NORM_GRAD_X]);
    double *sums = call->workspace;
    for (int64_t c = begin; c < end; c++) {
        const grad_channel channel = grad_channel_of(call, s, c);
        sums[c] = channel.dbias;
        sums[s.c + c] = channel.dweight;
    }
}

static void grad_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const shape_image s = shape_of_image(call->desc->inputs[RN_BATCH_NORM_GRAD_X]);
    const double *sums = call->workspace;
    int32_t n_ranks = ranks_of(call);

    for (int64_t c = begin; c < end; c++) {
        grad_channel channel = grad_channel_of(call, s, c);
        if (n_ranks > 1) {
            channel.dbias = sums[c];
            channel.dweight = sums[s.c + c];
        }
        for (int64_t n = 0; n < s.n; n++) {
            grad_plane p = grad_plane_at(call, n * s.c + c);
            grad_store(&p, s.h * s.w, &channel, (double)(s.n * s.h * s.w * n_ranks));
        }
    }
}

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    if (op->inputs[RN_BATCH_NORM_GRAD_X]->rank != 4)
        return cpu_host->fail(
            RN_E_UNSUPPORTED,
            "batch_norm_grad: x has rank %d; batch_norm_grad requires images (N,C,H,W)",
            (int)op->inputs[RN_BATCH_NORM_GRAD_X]->rank);
    return cpu_ranks_query(context, op, answer);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    int64_t channels = kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]->shape[1];
    if (sum_over_ranks(kernel, operands, workspace, channels, grad_sums_work))
        reference_each(kernel, operands, workspace, channels, grad_work);
}

const cpu_operator reference_batch_norm_grad = { .query = grad_query, .run = grad_run };
