/* conv2d.c: convolution (a cross-correlation, as usual in deep learning) and its two gradients.
 *
 *     y[n,k,p,q] = bias[k] + sum over c,r,s of weight[k,c,r,s] * x[n, first(k)+c, h, w]
 *
 * with h = p * stride + r * dilation - padding, w likewise, pixels outside x being 0, and first(k)
 * the first channel of k's group. The gradients are the same sum, seen from x and from weight. In
 * all three, the loop over taps (r,s) is outside the loops over pixels: the pixels that one tap
 * meets form a rectangle without padding, and the innermost loop runs along memory. */
#include "base/conv2d.h"

#include "reference/epilogue.h"

/* The shapes of a convolution, named as in the formula. */
typedef struct geometry {
    int64_t n, c, k;
    int64_t group_c, group_k; /* channels of x and of y in one group */
    shape_window rows, columns;
} geometry;

static geometry geometry_of(const rn_conv2d_attrs *a, const rn_tensor_desc *x,
                            const rn_tensor_desc *y)
{
    return (geometry){ .n = x->shape[0],
                       .c = x->shape[1],
                       .k = y->shape[1],
                       .group_c = x->shape[1] / a->groups,
                       .group_k = y->shape[1] / a->groups,
                       .rows = shape_conv2d_window(a, x, y, 0),
                       .columns = shape_conv2d_window(a, x, y, 1) };
}

static int64_t x_plane_size(const geometry *g)
{
    return g->rows.input * g->columns.input;
}

static int64_t y_plane_size(const geometry *g)
{
    return g->rows.output * g->columns.output;
}

/* The outputs that one tap contributes to, and where it reads for them: output (p,q) uses the pixel
 * x[origin + p * row_step + q * column_step]. */
typedef struct reach {
    shape_range p, q;
    int64_t origin, row_step, column_step;
} reach;

static reach reach_of(const geometry *g, int64_t r, int64_t s)
{
    const shape_window *rows = &g->rows, *columns = &g->columns;
    int64_t h = r * rows->dilation - rows->padding;
    int64_t w = s * columns->dilation - columns->padding;
    return (reach){ .p = shape_outputs_of_tap(rows, r),
                    .q = shape_outputs_of_tap(columns, s),
                    .origin = h * columns->input + w,
                    .row_step = rows->stride * columns->input,
                    .column_step = columns->stride };
}

/* sums[p,q] += weight * x for all outputs of the tap. */
static void tap_forward(const geometry *g, const reach *t, double weight, const float *x,
                        double *sums)
{
    for (int64_t p = t->p.begin; p < t->p.end; p++)
        for (int64_t q = t->q.begin; q < t->q.end; q++)
            sums[p * g->columns.output + q] +=
                weight * (double)x[t->origin + p * t->row_step + q * t->column_step];
}

/* sums[h,w] += weight * dy: the same pairs, in the other direction. */
static void tap_backward(const geometry *g, const reach *t, double weight, const float *dy,
                         double *sums)
{
    for (int64_t p = t->p.begin; p < t->p.end; p++)
        for (int64_t q = t->q.begin; q < t->q.end; q++)
            sums[t->origin + p * t->row_step + q * t->column_step] +=
                weight * (double)dy[p * g->columns.output + q];
}

/* The sum of x * dy over the same pairs. */
static double tap_product(const geometry *g, const reach *t, const float *x, const float *dy)
{
    double sum = 0;
    for (int64_t p = t->p.begin; p < t->p.end; p++) {
        double row = 0;
        for (int64_t q = t->q.begin; q < t->q.end; q++)
            row += (double)x[t->origin + p * t->row_step + q * t->column_step] *
                   (double)dy[p * g->columns.output + q];
        sum += row;
    }
    return sum;
}

/* conv2d: each thread computes whole planes (n,k) of y. */

static rn_status conv2d_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    const rn_conv2d_attrs *a = op->attrs;
    rn_status status = reference_epilogue_query(op, a->epilogue, RN_AT_CONV2D_Z);
    if (status)
        return status;
    if (a->epilogue & RN_EPILOGUE_ADD)
        answer->inplace_inputs = 1u << RN_CONV2D_Z; /* each z is read just before its y is stored */
    return reference_ask_sums(context, shape_plane_size(op->outputs[RN_CONV2D_Y]), answer);
}

static void conv2d_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const reference_call *call = argument;
    const rn_conv2d_attrs *a = call->desc->attrs;
    const geometry g =
        geometry_of(a, call->desc->inputs[RN_CONV2D_X], call->desc->outputs[RN_CONV2D_Y]);
    const float *x = call->operands[RN_AT_CONV2D_X], *weight = call->operands[RN_AT_CONV2D_WEIGHT],
                *bias = call->operands[RN_AT_CONV2D_BIAS];
    const reference_epilogue_places places = { .flags = a->epilogue, .z = 3, .y = 4, .mask = 5 };
    int64_t size = y_plane_size(&g);
    double *sums = reference_sums(call, size, thread);

    for (int64_t plane = begin; plane < end; plane++) {
        int64_t n = plane / g.k, k = plane % g.k;
        int64_t first_c = k / g.group_k * g.group_c;
        const float *tap = weight + k * g.group_c * g.rows.kernel * g.columns.kernel;
        reference_clear(sums, size, bias ? (double)bias[k] : 0);
        for (int64_t c = 0; c < g.group_c; c++) {
            const float *x_plane = x + (n * g.c + first_c + c) * x_plane_size(&g);
            for (int64_t rs = 0; rs < g.rows.kernel * g.columns.kernel; rs++) {
                reach t = reach_of(&g, rs / g.columns.kernel, rs % g.columns.kernel);
                tap_forward(&g, &t, (double)*tap++, x_plane, sums);
            }
        }
        reference_epilogue e = reference_epilogue_at(call, places, plane);
        for (int64_t i = 0; i < size; i++)
            reference_epilogue_store(&e, i, sums[i]);
    }
}

static void conv2d_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *y = kernel->desc.outputs[RN_CONV2D_Y];
    reference_each(kernel, operands, workspace, y->shape[0] * y->shape[1], conv2d_work);
}

const cpu_operator reference_conv2d = { .query = conv2d_query, .run = conv2d_run };

/* conv2d_grad_input, conv2d_grad_input_sum: each thread computes whole planes (n,c) of dx. */

static rn_status grad_input_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return reference_ask_sums(context, shape_plane_size(op->outputs[0]), answer);
}

/* Adds a plane of z, which may be dx. The gradient is rounded before, so that the sum has the bits
 * of conv2d_grad_input and add. */
static void round_and_add(const double *sums, int64_t size, const float *z, float *dx)
{
    for (int64_t i = 0; i < size; i++)
        dx[i] = (float)((double)(float)sums[i] + (double)z[i]);
}

static void grad_input_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const reference_call *call = argument;
    const rn_op_desc *desc = call->desc;
    const conv2d_operands at = conv2d_operands_of(desc->op);
    const geometry g = geometry_of(desc->attrs, desc->outputs[0], desc->inputs[at.y]);
    const float *dy = call->operands[at.y], *weight = call->operands[at.weight],
                *z = at.z < 0 ? NULL : call->operands[at.z];
    float *dx = call->operands[at.x];
    int64_t size = x_plane_size(&g), taps = g.rows.kernel * g.columns.kernel;
    double *sums = reference_sums(call, size, thread);

    for (int64_t plane = begin; plane < end; plane++) {
        int64_t n = plane / g.c, c = plane % g.c;
        int64_t first_k = c / g.group_c * g.group_k;
        reference_clear(sums, size, 0);
        for (int64_t k = first_k; k < first_k + g.group_k; k++) {
            const float *dy_plane = dy + (n * g.k + k) * y_plane_size(&g);
            const float *tap = weight + (k * g.group_c + c % g.group_c) * taps;
            for (int64_t rs = 0; rs < taps; rs++) {
                reach t = reach_of(&g, rs / g.columns.kernel, rs % g.columns.kernel);
                tap_backward(&g, &t, (double)*tap++, dy_plane, sums);
            }
        }
        if (z)
            round_and_add(sums, size, z + plane * size, dx + plane * size);
        else
            reference_round(sums, size, dx + plane * size);
    }
}

static void grad_input_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *dx = kernel->desc.outputs[0];
    reference_each(kernel, operands, workspace, dx->shape[0] * dx->shape[1], grad_input_work);
}

#define GRAD_INPUT                                                                                 \
    {                                                                                              \
        .query = grad_input_query, .run = grad_input_run                                           \
    }
const cpu_operator reference_conv2d_grad_input = GRAD_INPUT;
const cpu_operator reference_conv2d_grad_input_sum = GRAD_INPUT;

/* conv2d_grad_weight: each thread computes whole filters (k,c) of dweight. */

static float bias_gradient(const geometry *g, const float *dy, int64_t k)
{
    double sum = 0;
    for (int64_t n = 0; n < g->n; n++)
        for (int64_t i = 0; i < y_plane_size(g); i++)
            sum += (double)dy[(n * g->k + k) * y_plane_size(g) + i];
    return (float)sum;
}

static void grad_weight_work(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    (void)thread;
    const reference_call *call = argument;
    const rn_op_desc *desc = call->desc;
    const geometry g = geometry_of(desc->attrs, desc->inputs[RN_CONV2D_GRAD_WEIGHT_X],
                                   desc->inputs[RN_CONV2D_GRAD_WEIGHT_DY]);
    const float *x = call->operands[RN_AT_CONV2D_GRAD_WEIGHT_X],
                *dy = call->operands[RN_AT_CONV2D_GRAD_WEIGHT_DY];
    float *dweight = call->operands[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT],
          *dbias = call->operands[RN_AT_CONV2D_GRAD_WEIGHT_DBIAS];
    int64_t taps = g.rows.kernel * g.columns.kernel;

    for (int64_t filter = begin; filter < end; filter++) {
        int64_t k = filter / g.group_c;
        int64_t c = k / g.group_k * g.group_c + filter % g.group_c;
        for (int64_t rs = 0; rs < taps; rs++) {
            reach t = reach_of(&g, rs / g.columns.kernel, rs % g.columns.kernel);
            double sum = 0;
            for (int64_t n = 0; n < g.n; n++)
                sum += tap_product(&g, &t, x + (n * g.c + c) * x_plane_size(&g),
                                   dy + (n * g.k + k) * y_plane_size(&g));
            dweight[filter * taps + rs] = (float)sum;
        }
        if (dbias && filter % g.group_c == 0)
            dbias[k] = bias_gradient(&g, dy, k);
    }
}

static void grad_weight_run(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_tensor_desc *dweight = kernel->desc.outputs[RN_CONV2D_GRAD_WEIGHT_DWEIGHT];
    reference_each(kernel, operands, workspace, dweight->shape[0] * dweight->shape[1],
                   grad_weight_work);
}

const cpu_operator reference_conv2d_grad_weight = { .run = grad_weight_run };
