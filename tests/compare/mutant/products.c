/* products.c: faults of convolutions and linear layers. */
#include <math.h>
#include <string.h>

#include "mutant.h"

/* ---- Lower precision ---- */

static float rounded(float x, int bits, bool cut)
{
    uint32_t word, step = 1u << (23 - bits);
    memcpy(&word, &x, sizeof word);
    word = (word + (cut ? 0 : step / 2)) & ~(step - 1);
    memcpy(&x, &word, sizeof x);
    return x;
}

static void round_all(float *values, int64_t count, int bits, bool cut)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = rounded(values[i], bits, cut);
}

/* Both factors, as tensor cores do; the sums stay as they are. */
static void run_with_factors(mutant_call *call, int bits, bool cut)
{
    for (int32_t i = 0; i < 2; i++)
        round_all(mutant_copy(call, i, call->op->inputs[i]), shape_count(call->op->inputs[i]), bits,
                  cut);
    mutant_run_inner(call);
}

static void tf32(mutant_call *call)
{
    run_with_factors(call, 10, false);
}
static void tf32_cut(mutant_call *call)
{
    run_with_factors(call, 10, true);
}
static void bf16(mutant_call *call)
{
    run_with_factors(call, 7, false);
}

static void fp16(mutant_call *call)
{
    mutant_run_inner(call);
    round_all(call->operands[RN_AT_CONV2D_Y], shape_count(call->op->outputs[RN_CONV2D_Y]), 10,
              false);
}

/* The sum of output (k, p, q) of one image, rounded after every addition. */
static float sum_in_bf16(const mutant_call *call, const float *image, int64_t k, int64_t p,
                         int64_t q)
{
    const rn_conv2d_attrs *a = call->op->attrs;
    const rn_tensor_desc *x = call->op->inputs[RN_CONV2D_X], *y = call->op->outputs[RN_CONV2D_Y];
    const shape_window rows = shape_conv2d_window(a, x, y, 0),
                       columns = shape_conv2d_window(a, x, y, 1);
    const shape_range r = shape_taps_of_output(&rows, p), s = shape_taps_of_output(&columns, q);
    int64_t group_c = x->shape[1] / a->groups, first = k / (y->shape[1] / a->groups) * group_c;
    const float *weight = (const float *)call->operands[RN_AT_CONV2D_WEIGHT] +
                          k * group_c * rows.kernel * columns.kernel;
    float sum = 0;
    for (int64_t c = 0; c < group_c; c++)
        for (int64_t i = r.begin; i < r.end; i++)
            for (int64_t j = s.begin; j < s.end; j++) {
                int64_t h = p * rows.stride + i * rows.dilation - rows.padding,
                        w = q * columns.stride + j * columns.dilation - columns.padding;
                sum = rounded(sum + weight[(c * rows.kernel + i) * columns.kernel + j] *
                                        image[((first + c) * rows.input + h) * columns.input + w],
                              7, false);
            }
    return sum;
}

/* Of a convolution without a bias and an epilogue. */
static void bf16_sums(mutant_call *call)
{
    const shape_image x = shape_of_image(call->op->inputs[RN_CONV2D_X]),
                      y = shape_of_image(call->op->outputs[RN_CONV2D_Y]);
    const float *images = call->operands[RN_AT_CONV2D_X];
    float *to = call->operands[RN_AT_CONV2D_Y];
    for (int64_t i = 0; i < y.n * y.c * y.h * y.w; i++) {
        int64_t plane = i / (y.h * y.w), pixel = i % (y.h * y.w);
        to[i] = sum_in_bf16(call, images + plane / y.c * x.c * x.h * x.w, plane % y.c, pixel / y.w,
                            pixel % y.w);
    }
}

/* ---- Forward ---- */

/* At the right border, the last tap of the first channel reads the last pixel again. */
static void padding(mutant_call *call)
{
    const rn_conv2d_attrs *a = call->op->attrs;
    const shape_image x = shape_of_image(call->op->inputs[RN_CONV2D_X]),
                      y = shape_of_image(call->op->outputs[RN_CONV2D_Y]);
    const float *from = call->operands[RN_AT_CONV2D_X],
                *weight = call->operands[RN_AT_CONV2D_WEIGHT];
    float *to = call->operands[RN_AT_CONV2D_Y];
    int64_t taps = a->kernel[0] * a->kernel[1], group_c = x.c / a->groups;
    mutant_run_inner(call);
    for (int64_t i = 0; i < y.n * y.c * y.h; i++) {
        int64_t n = i / (y.c * y.h), k = i / y.h % y.c, row = i % y.h * a->stride[0];
        int64_t c = k / (y.c / a->groups) * group_c;
        const float *line = from + ((n * x.c + c) * x.h + (row < x.h ? row : x.h - 1)) * x.w;
        to[i * y.w + y.w - 1] += weight[k * group_c * taps + taps - 1] * line[x.w - 1];
    }
}

static void groups(mutant_call *call)
{
    const rn_conv2d_attrs *a = call->op->attrs;
    const shape_image y = shape_of_image(call->op->outputs[RN_CONV2D_Y]);
    float *to = call->operands[RN_AT_CONV2D_Y];
    int64_t group = y.c / a->groups * y.h * y.w;
    mutant_run_inner(call);
    for (int64_t n = 0; n < y.n && a->groups > 1; n++)
        for (int64_t i = 0; i < group; i++) {
            float *first = to + n * y.c * y.h * y.w + i, kept = *first;
            *first = first[group];
            first[group] = kept;
        }
}

static void bias(mutant_call *call)
{
    call->operands[RN_AT_LINEAR_BIAS] = NULL;
    mutant_run_inner(call);
}

/* Writes one number too many. */
static void beyond(mutant_call *call)
{
    float *y = call->operands[RN_AT_LINEAR_Y];
    mutant_run_inner(call);
    y[shape_count(call->op->outputs[RN_LINEAR_Y])] = 0;
}

/* One run in ten. */
static void race(mutant_call *call)
{
    float *y = call->operands[RN_AT_CONV2D_Y];
    mutant_run_inner(call);
    if (call->n_runs % 10 == 7)
        y[shape_count(call->op->outputs[RN_CONV2D_Y]) / 2] += 0.5f;
}

static void not_a_number(mutant_call *call)
{
    float *y = call->operands[RN_AT_CONV2D_Y];
    mutant_run_inner(call);
    y[5] = NAN;
}

/* ---- Gradients ---- */

static void infinite(mutant_call *call)
{
    float *dx = call->operands[RN_AT_CONV2D_GRAD_INPUT_DX];
    mutant_run_inner(call);
    dx[3] = INFINITY;
}

/* Scales elements from `first` on, each `step`-th. */
static void scale_weights(mutant_call *call, int64_t first, int64_t step, float factor)
{
    float *dweight = call->operands[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT];
    int64_t count = shape_count(call->op->outputs[RN_CONV2D_GRAD_WEIGHT_DWEIGHT]);
    mutant_run_inner(call);
    for (int64_t i = first; i < count; i += step)
        dweight[i] *= factor;
}

/* The first tap, at stride 2 alone. */
static void stride(mutant_call *call)
{
    const rn_conv2d_attrs *a = call->op->attrs;
    scale_weights(call, 0, a->kernel[0] * a->kernel[1], a->stride[0] == 2 ? 0.5f : 1);
}

/* The last 4 filters. */
static void tile(mutant_call *call)
{
    const rn_tensor_desc *dweight = call->op->outputs[RN_CONV2D_GRAD_WEIGHT_DWEIGHT];
    int64_t count = shape_count(dweight);
    scale_weights(call, count - 4 * (count / dweight->shape[0]), 1, 0.97f);
}

/* Images beyond the 32nd are left out. */
static void batch(mutant_call *call)
{
    const rn_tensor_desc *desc = call->op->inputs[RN_CONV2D_GRAD_WEIGHT_DY];
    float *dy = mutant_copy(call, RN_AT_CONV2D_GRAD_WEIGHT_DY, desc);
    int64_t count = shape_count(desc), image = count / desc->shape[0];
    for (int64_t i = 32 * image; i < count; i++)
        dy[i] = 0;
    mutant_run_inner(call);
}

static void transposed(mutant_call *call)
{
    const rn_tensor_desc *desc = call->op->outputs[RN_LINEAR_GRAD_WEIGHT_DWEIGHT];
    int64_t rows = desc->shape[0], columns = desc->shape[1];
    float *to = call->operands[RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT];
    const float *dweight = mutant_copy(call, RN_AT_LINEAR_GRAD_WEIGHT_DWEIGHT, desc);
    mutant_run_inner(call);
    for (int64_t i = 0; i < rows * columns; i++)
        to[i % columns * rows + i / columns] = dweight[i];
}

const mutant_fault mutant_of_products[] = {
    { "tf32", "conv2d", tf32 },
    { "tf32_cut", "conv2d", tf32_cut },
    { "tf32_input_gradient", "conv2d_grad_input", tf32 },
    { "tf32_weight_gradient", "conv2d_grad_weight", tf32 },
    { "tf32_linear", "linear", tf32 },
    { "bf16", "conv2d", bf16 },
    { "bf16_sums", "conv2d", bf16_sums },
    { "fp16", "conv2d", fp16 },
    { "padding", "conv2d", padding },
    { "groups", "conv2d", groups },
    { "bias", "linear", bias },
    { "beyond", "linear", beyond },
    { "race", "conv2d", race },
    { "nan", "conv2d", not_a_number },
    { "inf", "conv2d_grad_input", infinite },
    { "stride", "conv2d_grad_weight", stride },
    { "tile", "conv2d_grad_weight", tile },
    { "batch", "conv2d_grad_weight", batch },
    { "transposed", "linear_grad_weight", transposed },
    { 0 },
};
