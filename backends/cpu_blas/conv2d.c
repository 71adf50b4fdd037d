/* conv2d.c: conv2d and its gradients: the choice of an algorithm, the epilogue, the gradient of the
 * bias. */
#include "cpu_blas/conv2d.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

void conv2d_items_plan(conv2d_plan *plan, int64_t rows, int64_t row_units, int64_t target)
{
    int64_t image_units = rows * row_units;
    if (image_units >= target) {
        int64_t pieces = cpu_blas_min(rows, (image_units + target - 1) / target);
        plan->item_images = 1;
        plan->item_rows = (rows + pieces - 1) / pieces;
        plan->items_per_image = (rows + plan->item_rows - 1) / plan->item_rows;
        plan->n_items = plan->s.n * plan->items_per_image;
        return;
    }
    int64_t share = (plan->s.n + plan->n_threads - 1) / plan->n_threads;
    int64_t images = cpu_blas_max(1, cpu_blas_min(share, target / cpu_blas_max(1, image_units)));
    plan->item_images = images;
    plan->item_rows = rows;
    plan->items_per_image = 1;
    plan->n_items = (plan->s.n + images - 1) / images;
}

conv2d_item conv2d_item_at(const conv2d_plan *plan, int64_t rows, int64_t index)
{
    int64_t n = index / plan->items_per_image * plan->item_images;
    int64_t row = index % plan->items_per_image * plan->item_rows;
    return (conv2d_item){ n, cpu_blas_min(plan->s.n, n + plan->item_images), row,
                          cpu_blas_min(rows, row + plan->item_rows) };
}

CPU_CLONES
static void pixels_finish(float *y, const float *z, float bias, int64_t count, bool relu)
{
    if (z)
        for (int64_t i = 0; i < count; i++)
            y[i] += bias + z[i];
    else
        for (int64_t i = 0; i < count; i++)
            y[i] += bias;
    if (relu)
        for (int64_t i = 0; i < count; i++)
            y[i] = y[i] < 0.0f ? 0.0f : y[i];
}

/* Is the bias still to be added? */
static bool adds_bias(const conv2d_call *call)
{
    return call->bias && !call->plan->adds_bias;
}

/* Pixels [begin, end) of one plane. */
static void plane_finish(const conv2d_call *call, int64_t plane, int64_t begin, int64_t end)
{
    const conv2d_shape *s = &call->plan->s;
    int64_t at = plane * s->p * s->q + begin;
    pixels_finish(call->y + at, call->z ? call->z + at : NULL,
                  adds_bias(call) ? call->bias[plane % s->k] : 0.0f, end - begin, call->relu);
}

void conv2d_item_finish(const conv2d_call *call, const conv2d_item *item)
{
    const conv2d_shape *s = &call->plan->s;
    if (call->plan->role != CONV2D_FORWARD || call->mask ||
        !(adds_bias(call) || call->z || call->relu))
        return;
    for (int64_t plane = item->n0 * s->k; plane < item->n1 * s->k; plane++)
        plane_finish(call, plane, item->row0 * s->q, item->row1 * s->q);
}

static void masked_finish(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const conv2d_call *call = argument;
    int64_t count = call->plan->s.p * call->plan->s.q;
    (void)thread;
    for (int64_t plane = begin; plane < end; plane++) {
        const float *y = call->y + plane * count;
        mask_plane mask = mask_plane_at(call->mask_desc, call->mask, plane);
        plane_finish(call, plane, 0, count);
        for (int64_t i = 0; i < count; i++)
            mask_put(mask, i, y[i] > 0.0f);
    }
}

static conv2d_shape shape_of(const rn_conv2d_attrs *a, const rn_tensor_desc *x,
                             const rn_tensor_desc *y)
{
    return (conv2d_shape){ .n = x->shape[0], .c = x->shape[1], .h = x->shape[2], .w = x->shape[3],
                           .k = y->shape[1], .p = y->shape[2], .q = y->shape[3],
                           .groups = a->groups,
                           .rows = shape_conv2d_window(a, x, y, 0),
                           .columns = shape_conv2d_window(a, x, y, 1) };
}

static conv2d_role role_of(const cpu_operator *type)
{
    if (type == &cpu_blas_conv2d_grad_input)
        return CONV2D_GRAD_INPUT;
    return type == &cpu_blas_conv2d_grad_weight ? CONV2D_GRAD_WEIGHT : CONV2D_FORWARD;
}

static void plan_make(const rn_context *context, const rn_op_desc *op, conv2d_role role,
                      conv2d_plan *plan)
{
    const rn_tensor_desc *x = role == CONV2D_GRAD_INPUT ? op->outputs[0] : op->inputs[0];
    const rn_tensor_desc *y = role == CONV2D_FORWARD      ? op->outputs[0]
                              : role == CONV2D_GRAD_INPUT ? op->inputs[0]
                                                          : op->inputs[1];
    *plan = (conv2d_plan){ .s = shape_of(op->attrs, x, y), .role = role,
                           .n_threads = context->n_threads };
    if (conv2d_winograd_fits(plan))
        conv2d_winograd_plan(plan);
    else
        conv2d_columns_plan(plan);
}

static rn_status conv2d_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer,
                              conv2d_role role)
{
    conv2d_plan plan;
    plan_make(context, op, role, &plan);
    const conv2d_shape *s = &plan.s;
    int64_t taps = s->rows.kernel * s->columns.kernel;
    if (s->h * s->w > INT_MAX || s->p * s->q > INT_MAX || s->c / s->groups * taps > INT_MAX)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "matrices of this convolution have more than %d rows or columns, "
                              "the most that OpenBLAS takes", INT_MAX);
    answer->workspace_bytes =
        (plan.shared_floats + plan.slice_floats * (uint64_t)plan.n_threads) * sizeof(float);
    return RN_OK;
}

static rn_status query_forward(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return conv2d_query(context, op, answer, CONV2D_FORWARD);
}

static rn_status query_grad_input(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return conv2d_query(context, op, answer, CONV2D_GRAD_INPUT);
}

static rn_status query_grad_weight(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    return conv2d_query(context, op, answer, CONV2D_GRAD_WEIGHT);
}

static rn_status conv2d_prepare(rn_kernel *kernel)
{
    conv2d_plan *plan = malloc(sizeof *plan);
    if (!plan)
        return cpu_host->fail(RN_E_NOMEM, "no memory for the plan of a convolution");
    plan_make(kernel->context, &kernel->desc, role_of(kernel->type), plan);
    kernel->state = plan;
    return RN_OK;
}

static void conv2d_destroy(rn_kernel *kernel)
{
    free(kernel->state);
}

static void run_forward(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_conv2d_attrs *attrs = kernel->desc.attrs;
    conv2d_call call = { .plan = kernel->state, .context = kernel->context,
                         .x = operands[0], .weight = operands[1], .bias = operands[2],
                         .z = operands[3], .y = operands[4], .workspace = workspace,
                         .mask = operands[5], .mask_desc = kernel->desc.outputs[1],
                         .relu = attrs->epilogue & RN_EPILOGUE_RELU };
    call.plan->run(&call);
    if (call.mask)
        cpu_parallel(kernel->context, call.plan->s.n * call.plan->s.k, masked_finish, &call);
}

static void run_grad_input(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    conv2d_call call = { .plan = kernel->state, .context = kernel->context, .y = operands[0],
                         .weight = operands[1], .x = operands[2], .workspace = workspace };
    call.plan->run(&call);
}

typedef struct bias_call {
    const conv2d_shape *s;
    const float *dy;
    float *dbias;
} bias_call;

CPU_CLONES
static void bias_gradient(void *argument, int64_t begin, int64_t end, int32_t thread)
{
    const bias_call *call = argument;
    const conv2d_shape *s = call->s;
    int64_t count = s->p * s->q;
    (void)thread;
    for (int64_t k = begin; k < end; k++) {
        double sum = 0;
        for (int64_t n = 0; n < s->n; n++) {
            const float *dy = call->dy + (n * s->k + k) * count;
            float part = 0;
#pragma omp simd reduction(+ : part)
            for (int64_t i = 0; i < count; i++)
                part += dy[i];
            sum += (double)part;
        }
        call->dbias[k] = (float)sum;
    }
}

static void run_grad_weight(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    conv2d_call call = { .plan = kernel->state, .context = kernel->context, .x = operands[0],
                         .y = operands[1], .weight = operands[2], .workspace = workspace };
    call.plan->run(&call);
    bias_call bias = { &call.plan->s, call.y, operands[3] };
    if (bias.dbias)
        cpu_parallel(kernel->context, bias.s->k, bias_gradient, &bias);
}

const cpu_operator cpu_blas_conv2d = { "conv2d", query_forward, conv2d_prepare, conv2d_destroy,
                                       run_forward };
const cpu_operator cpu_blas_conv2d_grad_input = { "conv2d_grad_input", query_grad_input,
                                                  conv2d_prepare, conv2d_destroy, run_grad_input };
const cpu_operator cpu_blas_conv2d_grad_weight = { "conv2d_grad_weight", query_grad_weight,
                                                   conv2d_prepare, conv2d_destroy,
                                                   run_grad_weight };
