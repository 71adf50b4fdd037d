/* batch_norm_grad.c: the gradient of batch normalisation, through the mask of its relu. With g the
 * gradient of the normalised values and M their number in a channel: dbias = sum g, dweight = sum g
 * * xhat, dx = weight * inv_std * (g - (dbias + xhat * dweight) / M), dz = g. */
#ifdef LANES_SET

/* g of one pixel. */
CPU_INLINE lanes LANES_NAME(kept)(grad_values v, int64_t at, int form)
{
    lanes dy = lanes_load(v.dy, at, form & NORM_BF16);
    if (form & NORM_MASK)
        dy = lanes_keep(lanes_mask_load(v.mask, at, v.mask_bytes), dy);
    return dy;
}

/* Adds up g and g * (x - mean). */
CPU_INLINE void LANES_NAME(sum_as)(grad_values v, norm_part part, norm_sums *sums, int form)
{
    bool bf16 = form & NORM_BF16;
    lanes first[4], second[4], mean = lanes_load(v.mean, 0, false);
    LANES_UNROLL for (int i = 0; i < 4; i++) first[i] = second[i] = lanes_all(0);
    for (int64_t image = 0; image < part.images; image++) {
        int64_t at = part.first + image * part.stride, left = part.count;
        for (; left >= 4; left -= 4, at += 4 * part.step)
            LANES_UNROLL for (int i = 0; i < 4; i++)
            {
                lanes g = LANES_NAME(kept)(v, at + i * part.step, form);
                lanes difference = lanes_subtract(lanes_load(v.x, at + i * part.step, bf16), mean);
                first[i] = lanes_add(first[i], g);
                second[i] = lanes_multiply_add(difference, g, second[i]);
            }
        for (; left > 0; left--, at += part.step) {
            lanes g = LANES_NAME(kept)(v, at, form);
            lanes difference = lanes_subtract(lanes_load(v.x, at, bf16), mean);
            first[0] = lanes_add(first[0], g);
            second[0] = lanes_multiply_add(difference, g, second[0]);
        }
    }
    float of_first[ONEDNN_LANES], of_second[ONEDNN_LANES];
    lanes_store(of_first, 0, lanes_sum_of_four(first), false);
    lanes_store(of_second, 0, lanes_sum_of_four(second), false);
    for (int l = 0; l < ONEDNN_LANES; l++) {
        sums->first[l] += (double)of_first[l];
        sums->second[l] += (double)of_second[l];
    }
}

static void LANES_NAME(sum)(const grad_values *v, const norm_part *part, norm_sums *sums)
{
    switch (v->form & (NORM_BF16 | NORM_MASK)) {
        NORM_FORM(0, LANES_NAME(sum_as)(*v, *part, sums, form))
        NORM_FORM(1, LANES_NAME(sum_as)(*v, *part, sums, form))
        NORM_FORM(4, LANES_NAME(sum_as)(*v, *part, sums, form))
        NORM_FORM(5, LANES_NAME(sum_as)(*v, *part, sums, form))
    }
}

/* dx = scale * g + slope * (x - mean) + bias. */
CPU_INLINE void LANES_NAME(apply_as)(grad_values v, norm_part part, const norm_line *line, int form)
{
    bool bf16 = form & NORM_BF16;
    lanes mean = lanes_load(line->mean, 0, false), scale = lanes_load(line->scale, 0, false);
    lanes slope = lanes_load(line->slope, 0, false), bias = lanes_load(line->bias, 0, false);
    for (int64_t image = 0; image < part.images; image++) {
        int64_t at = part.first + image * part.stride;
        for (int64_t i = 0; i < part.count; i++, at += part.step) {
            lanes g = LANES_NAME(kept)(v, at, form);
            lanes difference = lanes_subtract(lanes_load(v.x, at, bf16), mean);
            lanes dx = lanes_multiply_add(scale, g, lanes_multiply_add(slope, difference, bias));
            if (form & NORM_STREAM)
                lanes_stream(v.dx, at, dx, bf16);
            else
                lanes_store(v.dx, at, dx, bf16);
            if (form & NORM_OTHER && v.stream_dz)
                lanes_stream(v.dz, at, g, bf16);
            else if (form & NORM_OTHER)
                lanes_store(v.dz, at, g, bf16);
        }
    }
}

static void LANES_NAME(apply)(const grad_values *v, const norm_part *part, const norm_line *line)
{
    switch (v->form) {
        NORM_FORMS(LANES_NAME(apply_as)(*v, *part, line, form))
    }
}

#else
#include "onednn/batch_norm_passes.h"

typedef struct grad_values {
    const void *x, *dy;
    void *dx, *dz;       /* dx may be x or dy; dz may be NULL */
    const uint8_t *mask; /* may be NULL */
    bool mask_bytes, stream_dz;
    int form;                 /* flags of norm_form */
    float mean[ONEDNN_LANES]; /* of the block's channels */
} grad_values;

#define LANES_FILE "onednn/batch_norm_grad.c"
#include "onednn/lanes_each.h"

static grad_values values_of(const norm_call *call)
{
    const rn_tensor_desc *mask = call->desc->inputs[RN_BATCH_NORM_GRAD_MASK];
    void *const *o = call->operands;
    grad_values v = { .x = o[RN_AT_BATCH_NORM_GRAD_X],
                      .dy = o[RN_AT_BATCH_NORM_GRAD_DY],
                      .dx = o[RN_AT_BATCH_NORM_GRAD_DX],
                      .dz = o[RN_AT_BATCH_NORM_GRAD_DZ],
                      .mask = o[RN_AT_BATCH_NORM_GRAD_MASK],
                      .mask_bytes = mask && mask->dtype == RN_U8,
                      .stream_dz = onednn_streams(call->desc->inputs[RN_BATCH_NORM_GRAD_X]) };
    if (onednn_is_bf16(call->desc->inputs[RN_BATCH_NORM_GRAD_X]))
        v.form |= NORM_BF16;
    if (v.dz)
        v.form |= NORM_OTHER;
    if (v.mask)
        v.form |= NORM_MASK;
    if (v.dx != v.x && v.dx != v.dy && v.stream_dz)
        v.form |= NORM_STREAM;
    return v;
}

static void grad_sum(const norm_call *call, const norm_part *part, norm_sums *sums)
{
    const float *mean = call->operands[RN_AT_BATCH_NORM_GRAD_MEAN];
    grad_values v = values_of(call);
    for (int64_t l = 0; l < norm_channels(call->desc, part->block); l++)
        v.mean[l] = mean[part->block * ONEDNN_LANES + l];
    LANES_BEST(sum)(&v, part, sums);
}

static void grad_apply(const norm_call *call, const norm_part *part, const norm_line *line)
{
    grad_values v = values_of(call);
    LANES_BEST(apply)(&v, part, line);
}

static void grad_give(const norm_call *call, int64_t block, const norm_sums *sums)
{
    int64_t channels = call->desc->inputs[0]->shape[1];
    for (int64_t l = 0; l < norm_channels(call->desc, block); l++) {
        int64_t c = block * ONEDNN_LANES + l;
        call->of_ranks[c] = sums->first[l];
        call->of_ranks[channels + c] = sums->second[l];
    }
}

static void grad_finish(const norm_call *call, int64_t block, const norm_sums *sums,
                        norm_line *line)
{
    const float *weight = call->operands[RN_AT_BATCH_NORM_GRAD_WEIGHT],
                *mean = call->operands[RN_AT_BATCH_NORM_GRAD_MEAN];
    const float *inv_std = call->operands[RN_AT_BATCH_NORM_GRAD_INV_STD];
    float *dweight = call->operands[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
          *dbias = call->operands[RN_AT_BATCH_NORM_GRAD_DBIAS];
    double count = norm_count(call);
    int64_t channels = call->desc->inputs[0]->shape[1];
    for (int64_t l = 0; l < norm_channels(call->desc, block); l++) {
        int64_t c = block * ONEDNN_LANES + l;
        double inverse = (double)inv_std[c], scale = (double)weight[c] * inverse;
        line->mean[l] = mean[c];
        line->scale[l] = (float)scale;
        double first = call->of_ranks ? call->of_ranks[c] : sums->first[l];
        double second = call->of_ranks ? call->of_ranks[channels + c] : sums->second[l];
        line->slope[l] = (float)(-scale * second * inverse * inverse / count);
        line->bias[l] = (float)(-scale * first / count);
        dweight[c] = (float)(sums->second[l] * inverse);
        dbias[c] = (float)sums->first[l];
    }
}

static const norm_passes PASSES = { grad_sum, grad_give, grad_finish, grad_apply, 2 };

static rn_status grad_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    static const int32_t IMAGES[] = { RN_AT_BATCH_NORM_GRAD_X, RN_AT_BATCH_NORM_GRAD_DY,
                                      RN_AT_BATCH_NORM_GRAD_MASK, RN_AT_BATCH_NORM_GRAD_DX,
                                      RN_AT_BATCH_NORM_GRAD_DZ };
    if (op->inputs[RN_BATCH_NORM_GRAD_X]->rank != 4)
        return cpu_host->fail(
            RN_E_UNSUPPORTED,
            "batch_norm_grad: x has rank %d; batch_norm_grad requires images (N,C,H,W)",
            (int)op->inputs[RN_BATCH_NORM_GRAD_X]->rank);
    for (size_t i = 0; i < sizeof IMAGES / sizeof *IMAGES; i++)
        onednn_answer_image(context, op, answer, IMAGES[i]);
    return onednn_norm_query(context, op, &PASSES, answer);
}

static void grad_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    onednn_norm_run(kernel, operands, &PASSES, workspace);
}

const cpu_operator onednn_batch_norm_grad = { .query = grad_query,
                                              .run = grad_run,
                                              .takes_layouts = 1 };
#endif
