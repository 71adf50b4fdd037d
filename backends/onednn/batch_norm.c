/* batch_norm.c: batch normalisation with add, relu and mask in the same pass.
 *
 * The statistics of a part are sums of x - shift and of its square in float, where shift is the
 * part's first pixel; the sums of all parts are added in double, relative to the block's first
 * pixel. Shifts are values of the channel itself, so cancellation is bounded, whatever the mean. */
#ifdef LANES_SET

CPU_INLINE void LANES_NAME(sum_as)(norm_values v, norm_part part, norm_sums *sums, bool bf16)
{
    lanes first[4], second[4], shift = lanes_load(v.x, part.first, bf16);
    LANES_UNROLL for (int i = 0; i < 4; i++) first[i] = second[i] = lanes_all(0);
    for (int64_t image = 0; image < part.images; image++) {
        int64_t at = part.first + image * part.stride, left = part.count;
        for (; left >= 4; left -= 4, at += 4 * part.step)
            LANES_UNROLL for (int i = 0; i < 4; i++)
            {
                lanes difference = lanes_subtract(lanes_load(v.x, at + i * part.step, bf16), shift);
                first[i] = lanes_add(first[i], difference);
                second[i] = lanes_multiply_add(difference, difference, second[i]);
            }
        for (; left > 0; left--, at += part.step) {
            lanes difference = lanes_subtract(lanes_load(v.x, at, bf16), shift);
            first[0] = lanes_add(first[0], difference);
            second[0] = lanes_multiply_add(difference, difference, second[0]);
        }
    }
    lanes about = lanes_load(v.x, part.block_first, bf16);
    float of_first[ONEDNN_LANES], of_second[ONEDNN_LANES], offset[ONEDNN_LANES];
    lanes_store(of_first, 0, lanes_sum_of_four(first), false);
    lanes_store(of_second, 0, lanes_sum_of_four(second), false);
    lanes_store(offset, 0, lanes_subtract(shift, about), false);
    lanes_store(sums->shift, 0, about, false);
    double count = (double)(part.images * part.count);
    for (int l = 0; l < ONEDNN_LANES; l++) {
        double d = (double)offset[l], s = (double)of_first[l];
        sums->first[l] += s + count * d;
        sums->second[l] += (double)of_second[l] + d * (2 * s + count * d);
    }
}

static void LANES_NAME(sum)(const norm_values *v, const norm_part *part, norm_sums *sums)
{
    if (v->form & NORM_BF16)
        LANES_NAME(sum_as)(*v, *part, sums, true);
    else
        LANES_NAME(sum_as)(*v, *part, sums, false);
}

CPU_INLINE void LANES_NAME(apply_as)(norm_values v, norm_part part, const norm_line *line, int form)
{
    bool bf16 = form & NORM_BF16;
    lanes mean = lanes_load(line->mean, 0, false), scale = lanes_load(line->scale, 0, false);
    lanes bias = lanes_load(line->bias, 0, false);
    for (int64_t image = 0; image < part.images; image++) {
        int64_t at = part.first + image * part.stride;
        for (int64_t i = 0; i < part.count; i++, at += part.step) {
            lanes y =
                lanes_multiply_add(lanes_subtract(lanes_load(v.x, at, bf16), mean), scale, bias);
            if (form & NORM_OTHER)
                y = lanes_add(y, lanes_load(v.z, at, bf16));
            if (form & NORM_MASK)
                lanes_mask_store(v.mask, at, lanes_kept(y), v.mask_bytes);
            if (form & NORM_MASK || v.relu)
                y = lanes_relu(y);
            if (form & NORM_STREAM)
                lanes_stream(v.y, at, y, bf16);
            else
                lanes_store(v.y, at, y, bf16);
        }
    }
}

static void LANES_NAME(apply)(const norm_values *v, const norm_part *part, const norm_line *line)
{
    switch (v->form) {
        NORM_FORMS(LANES_NAME(apply_as)(*v, *part, line, form))
    }
}

#else
#include <inttypes.h>
#include <math.h>

#include "onednn/batch_norm_passes.h"

typedef struct norm_values {
    const void *x, *z; /* z may be NULL */
    void *y;           /* may be x or z */
    uint8_t *mask;     /* may be NULL */
    bool relu, mask_bytes;
    int form; /* flags of norm_form */
} norm_values;

#define LANES_FILE "onednn/batch_norm.c"
#include "onednn/lanes_each.h"

static norm_values values_of(const norm_call *call)
{
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const rn_tensor_desc *mask = call->desc->outputs[RN_BATCH_NORM_MASK];
    void *const *o = call->operands;
    norm_values v = { .x = o[RN_AT_BATCH_NORM_X],
                      .z = o[RN_AT_BATCH_NORM_Z],
                      .y = o[RN_AT_BATCH_NORM_Y],
                      .mask = o[RN_AT_BATCH_NORM_MASK],
                      .relu = a->epilogue & RN_EPILOGUE_RELU,
                      .mask_bytes = mask && mask->dtype == RN_U8 };
    if (onednn_is_bf16(call->desc->inputs[RN_BATCH_NORM_X]))
        v.form |= NORM_BF16;
    if (a->epilogue & RN_EPILOGUE_ADD)
        v.form |= NORM_OTHER;
    if (v.relu && v.mask)
        v.form |= NORM_MASK;
    if (v.y != v.x && v.y != v.z && onednn_streams(call->desc->inputs[RN_BATCH_NORM_X]))
        v.form |= NORM_STREAM;
    return v;
}

static void batch_sum(const norm_call *call, const norm_part *part, norm_sums *sums)
{
    norm_values v = values_of(call);
    LANES_BEST(sum)(&v, part, sums);
}

static void batch_apply(const norm_call *call, const norm_part *part, const norm_line *line)
{
    norm_values v = values_of(call);
    LANES_BEST(apply)(&v, part, line);
}

static void line_put(const norm_call *call, int64_t c, double mean, double inv_std, norm_line *line)
{
    const float *weight = call->operands[RN_AT_BATCH_NORM_WEIGHT],
                *bias = call->operands[RN_AT_BATCH_NORM_BIAS];
    int64_t l = c % ONEDNN_LANES;
    line->mean[l] = (float)mean;
    line->scale[l] = (float)((double)weight[c] * inv_std);
    line->bias[l] = bias[c];
}

/* Mean and biased variance of a channel's `count` values, from its sums. */
static void moments(const norm_sums *sums, int64_t l, double count, double *mean, double *variance)
{
    double offset = sums->first[l] / count;
    double difference = sums->second[l] / count - offset * offset;
    *mean = (double)sums->shift[l] + offset;
    *variance = difference < 0 ? 0 : difference; /* NaN stays: fmax would hide it */
}

static void training_give(const norm_call *call, int64_t block, const norm_sums *sums)
{
    double count = norm_count(call) / call->n_ranks, mean, variance;
    for (int64_t l = 0; l < norm_channels(call->desc, block); l++) {
        moments(sums, l, count, &mean, &variance);
        rank_sums_put(call->of_ranks, call->desc->inputs[0]->shape[1], block * ONEDNN_LANES + l,
                      mean, variance);
    }
}

static void training_finish(const norm_call *call, int64_t block, const norm_sums *sums,
                            norm_line *line)
{
    const rn_batch_norm_attrs *a = call->desc->attrs;
    float *running_mean = call->operands[RN_AT_BATCH_NORM_RUNNING_MEAN],
          *running_var = call->operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    float *mean_out = call->operands[RN_AT_BATCH_NORM_MEAN],
          *inv_std_out = call->operands[RN_AT_BATCH_NORM_INV_STD];
    double count = norm_count(call), share = a->momentum, mean, variance;
    for (int64_t l = 0; l < norm_channels(call->desc, block); l++) {
        int64_t c = block * ONEDNN_LANES + l;
        if (call->of_ranks)
            rank_sums_get(call->of_ranks, call->desc->inputs[0]->shape[1], c, call->n_ranks, &mean,
                          &variance);
        else
            moments(sums, l, count, &mean, &variance);
        double inv_std = 1 / sqrt(variance + a->epsilon);
        double unbiased = variance * count / (count - 1);
        running_mean[c] = (float)((1 - share) * (double)running_mean[c] + share * mean);
        running_var[c] = (float)((1 - share) * (double)running_var[c] + share * unbiased);
        mean_out[c] = (float)mean;
        inv_std_out[c] = (float)inv_std;
        line_put(call, c, mean, inv_std, line);
    }
}

static void inference_finish(const norm_call *call, int64_t block, const norm_sums *sums,
                             norm_line *line)
{
    const rn_batch_norm_attrs *a = call->desc->attrs;
    const float *mean = call->operands[RN_AT_BATCH_NORM_RUNNING_MEAN],
                *variance = call->operands[RN_AT_BATCH_NORM_RUNNING_VAR];
    (void)sums;
    for (int64_t l = 0; l < norm_channels(call->desc, block); l++) {
        int64_t c = block * ONEDNN_LANES + l;
        line_put(call, c, (double)mean[c], 1 / sqrt((double)variance[c] + a->epsilon), line);
    }
}

static const norm_passes TRAINING = { batch_sum, training_give, training_finish, batch_apply, 1 };
static const norm_passes INFERENCE = { NULL, NULL, inference_finish, batch_apply, 0 };

static const norm_passes *passes_of(const rn_op_desc *desc)
{
    const rn_batch_norm_attrs *a = desc->attrs;
    return a->training ? &TRAINING : &INFERENCE;
}

static rn_status batch_norm_check(const rn_context *context, const rn_op_desc *op)
{
    const rn_batch_norm_attrs *a = op->attrs;
    const rn_tensor_desc *x = op->inputs[RN_BATCH_NORM_X];
    if (x->rank != 4)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: x has rank %d; batch_norm requires images (N,C,H,W)",
                              (int)x->rank);
    if (a->training && x->shape[0] * onednn_pixels(x) * rank_sums_ranks(&context->ranks, op) == 1)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: in training a channel needs more than one value, but x "
                              "is (1,%" PRId64 ",1,1); use a larger batch",
                              x->shape[1]);
    if (a->training && (!op->outputs[RN_BATCH_NORM_MEAN] || !op->outputs[RN_BATCH_NORM_INV_STD]))
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: training requires the outputs mean and inv_std");
    if ((a->epilogue & RN_EPILOGUE_ADD) && !op->inputs[RN_BATCH_NORM_Z])
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm: the epilogue adds z, but input %d is missing",
                              RN_AT_BATCH_NORM_Z);
    return RN_OK;
}

static rn_status batch_norm_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    static const int32_t IMAGES[] = { RN_AT_BATCH_NORM_X, RN_AT_BATCH_NORM_Z, RN_AT_BATCH_NORM_Y,
                                      RN_AT_BATCH_NORM_MASK };
    rn_status status = batch_norm_check(context, op);
    if (status)
        return status;
    for (size_t i = 0; i < sizeof IMAGES / sizeof *IMAGES; i++)
        onednn_answer_image(context, op, answer, IMAGES[i]);
    return onednn_norm_query(context, op, passes_of(op), answer);
}

static void batch_norm_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    onednn_norm_run(kernel, operands, passes_of(&kernel->desc), workspace);
}

const cpu_operator onednn_batch_norm = { .query = batch_norm_query,
                                         .run = batch_norm_run,
                                         .takes_layouts = 1 };
#endif
