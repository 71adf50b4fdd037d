/* norm.c: batch norms over the batches of all ranks; with one rank, the reference's. */
#include <math.h>
#include <stdlib.h>

#include "ranks.h"
#include "reference/epilogue.h"

static bool is_synchronised(const rn_kernel *kernel)
{
    return ((const rn_batch_norm_attrs *)kernel->desc.attrs)->synchronised;
}

/* Sums by channel: of x if `means` is NULL, else of the squared differences from the means. */
static void sum_channels(const float *x, shape_image s, const double *means, double *sums)
{
    int64_t plane = s.h * s.w;
    for (int64_t c = 0; c < s.c; c++) {
        sums[c] = 0;
        for (int64_t n = 0; n < s.n; n++)
            for (int64_t i = 0; i < plane; i++) {
                double value = (double)x[(n * s.c + c) * plane + i];
                sums[c] += means ? (value - means[c]) * (value - means[c]) : value;
            }
    }
}

/* Finds means and variances over all ranks' batches. */
static rn_status find_statistics(const rn_kernel *kernel, const float *x, double *means,
                                 double *variances)
{
    ranks_state *state = kernel->context->state;
    const shape_image s = shape_of_image(kernel->desc.inputs[RN_BATCH_NORM_X]);
    double count = (double)(s.n * s.h * s.w * ranks_count(state));
    sum_channels(x, s, NULL, means);
    rn_status status = ranks_sum(state, kernel->desc.name, means, s.c);
    for (int64_t c = 0; c < s.c; c++)
        means[c] /= count;
    if (!status) {
        sum_channels(x, s, means, variances);
        status = ranks_sum(state, kernel->desc.name, variances, s.c);
    }
    for (int64_t c = 0; c < s.c; c++)
        variances[c] /= count;
    return status;
}

/* Normalises as the reference does, with these statistics. */
static void normalise(const rn_kernel *kernel, void *const *operands, const double *means,
                      const double *variances)
{
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    const reference_call call = { kernel, &kernel->desc, operands, NULL };
    const reference_epilogue_places places = { .flags = a->epilogue,
                                               .z = RN_AT_BATCH_NORM_Z,
                                               .y = RN_AT_BATCH_NORM_Y,
                                               .mask = RN_AT_BATCH_NORM_MASK };
    const shape_image s = shape_of_image(kernel->desc.inputs[RN_BATCH_NORM_X]);
    const float *x = operands[RN_AT_BATCH_NORM_X], *weight = operands[RN_AT_BATCH_NORM_WEIGHT],
                *bias = operands[RN_AT_BATCH_NORM_BIAS];
    for (int64_t p = 0; p < s.n * s.c; p++) {
        int64_t c = p % s.c;
        double inv_std = 1 / sqrt(variances[c] + a->epsilon);
        reference_epilogue e = reference_epilogue_at(&call, places, p);
        for (int64_t i = 0; i < s.h * s.w; i++) {
            double xhat = ((double)x[p * s.h * s.w + i] - means[c]) * inv_std;
            reference_epilogue_store(&e, i, (double)weight[c] * xhat + (double)bias[c]);
        }
    }
}

/* Moves a running estimate towards the batch's value. */
static void update(float *running, double value, double momentum)
{
    *running = (float)((1 - momentum) * (double)*running + momentum * value);
}

static void norm_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    ranks_state *state = kernel->context->state;
    const rn_batch_norm_attrs *a = kernel->desc.attrs;
    if (!is_synchronised(kernel)) {
        reference_batch_norm.run(kernel, operands, workspace);
        return;
    }
    const shape_image s = shape_of_image(kernel->desc.inputs[RN_BATCH_NORM_X]);
    double count = (double)(s.n * s.h * s.w * ranks_count(state));
    double *means = malloc((size_t)s.c * 2 * sizeof *means);
    float *running_mean = operands[RN_AT_BATCH_NORM_RUNNING_MEAN],
          *running_var = operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    float *mean = operands[RN_AT_BATCH_NORM_MEAN], *inv_std = operands[RN_AT_BATCH_NORM_INV_STD];
    state->status = means
                        ? find_statistics(kernel, operands[RN_AT_BATCH_NORM_X], means, means + s.c)
                        : cpu_host->fail(RN_E_NOMEM, "no memory for sums");
    for (int64_t c = 0; c < s.c && !state->status; c++) {
        double variance = means[s.c + c];
        update(&running_mean[c], means[c], a->momentum);
        update(&running_var[c], variance * count / (count - 1), a->momentum);
        mean[c] = (float)means[c];
        inv_std[c] = (float)(1 / sqrt(variance + a->epsilon));
    }
    if (!state->status)
        normalise(kernel, operands, means, means + s.c);
    free(means);
}

/* Asks the reference about the operator of one rank. */
static rn_status query_of_reference(const cpu_operator *reference, rn_context *context,
                                    const rn_op_desc *op, rn_op_answer *answer)
{
    rn_batch_norm_attrs alone = *(const rn_batch_norm_attrs *)op->attrs;
    rn_op_desc of_one = *op;
    alone.synchronised = 0;
    of_one.attrs = &alone;
    return reference->query(context, &of_one, answer);
}

static rn_status norm_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_batch_norm_attrs *a = op->attrs;
    if (a->synchronised && !ranks_has_others(context->state))
        return cpu_host->fail(RN_E_UNSUPPORTED, "%s: this device has not joined others", op->op);
    return query_of_reference(&reference_batch_norm, context, op, answer);
}

const cpu_operator ranks_batch_norm = { .query = norm_query, .run = norm_run };

/* The gradient of y at element i of a plane. */
static double gradient_at(const rn_kernel *kernel, void *const *operands, int64_t plane, int64_t i)
{
    const float *dy = operands[RN_AT_BATCH_NORM_GRAD_DY];
    if (operands[RN_AT_BATCH_NORM_GRAD_MASK] &&
        !mask_get(mask_plane_at(kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK],
                                operands[RN_AT_BATCH_NORM_GRAD_MASK], plane),
                  i))
        return 0;
    return (double)dy[plane * shape_plane_size(kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]) + i];
}

/* Visits each element of a channel: adds to its sums if all_count is 0, else stores dx and dz from
 * all ranks' sums. */
static void visit_channel(const rn_kernel *kernel, void *const *operands, int64_t c, double sums[2],
                          double all_count)
{
    const shape_image s = shape_of_image(kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]);
    const float *x = operands[RN_AT_BATCH_NORM_GRAD_X],
                *weight = operands[RN_AT_BATCH_NORM_GRAD_WEIGHT];
    double mean = (double)((const float *)operands[RN_AT_BATCH_NORM_GRAD_MEAN])[c];
    double inv_std = (double)((const float *)operands[RN_AT_BATCH_NORM_GRAD_INV_STD])[c];
    float *dx = operands[RN_AT_BATCH_NORM_GRAD_DX], *dz = operands[RN_AT_BATCH_NORM_GRAD_DZ];
    for (int64_t n = 0; n < s.n; n++)
        for (int64_t i = 0; i < s.h * s.w; i++) {
            int64_t at = (n * s.c + c) * s.h * s.w + i;
            double xhat = ((double)x[at] - mean) * inv_std;
            double g = gradient_at(kernel, operands, n * s.c + c, i);
            if (all_count == 0) {
                sums[0] += g;
                sums[1] += g * xhat;
                continue;
            }
            dx[at] =
                (float)((double)weight[c] * inv_std * (g - (sums[0] + xhat * sums[1]) / all_count));
            if (dz)
                dz[at] = (float)g;
        }
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    ranks_state *state = kernel->context->state;
    if (!is_synchronised(kernel)) {
        reference_batch_norm_grad.run(kernel, operands, workspace);
        return;
    }
    const shape_image s = shape_of_image(kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]);
    float *dweight = operands[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
          *dbias = operands[RN_AT_BATCH_NORM_GRAD_DBIAS];
    double count = (double)(s.n * s.h * s.w * ranks_count(state));
    double *sums = calloc((size_t)s.c * 2, sizeof *sums);
    if (!sums) {
        state->status = cpu_host->fail(RN_E_NOMEM, "no memory for sums");
        return;
    }
    for (int64_t c = 0; c < s.c; c++) {
        visit_channel(kernel, operands, c, sums + 2 * c, 0);
        dbias[c] = (float)sums[2 * c];
        dweight[c] = (float)sums[2 * c + 1];
    }
    state->status = ranks_sum(state, kernel->desc.name, sums, 2 * s.c);
    for (int64_t c = 0; c < s.c && !state->status; c++)
        visit_channel(kernel, operands, c, sums + 2 * c, count);
    free(sums);
}

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return query_of_reference(&reference_batch_norm_grad, context, op, answer);
}

const cpu_operator ranks_batch_norm_grad = { .query = grad_query, .run = grad_run };
