/* conv2d.c: conv2d and its gradients: the choice of an algorithm, and the gradient of the bias. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu_blas/conv2d/columns.h"
#include "cpu_blas/conv2d/finish.h"

static conv2d_shape shape_of(const rn_conv2d_attrs *a, const rn_tensor_desc *x,
                             const rn_tensor_desc *y)
{
    return (conv2d_shape){ .n = x->shape[0],
                           .c = x->shape[1],
                           .h = x->shape[2],
                           .w = x->shape[3],
                           .k = y->shape[1],
                           .p = y->shape[2],
                           .q = y->shape[3],
                           .groups = a->groups,
                           .rows = shape_conv2d_window(a, x, y, 0),
                           .columns = shape_conv2d_window(a, x, y, 1) };
}

static bool takes_winograd(const rn_context *context, const winograd_params *params)
{
    if (context->convolution == RN_CONVOLUTION_DIRECT || !winograd_fits(params))
        return false;
    return context->convolution == RN_CONVOLUTION_WINOGRAD || winograd_pays(params);
}

/* The transformed weights lie before the workspace. */
static void run_winograd(const conv2d_call *call)
{
    const winograd_plan *plan = &call->plan->winograd;
    winograd_call part = { .plan = plan,
                           .context = call->context,
                           .x = call->x,
                           .y = call->y,
                           .bias = call->bias,
                           .workspace = call->workspace + plan->weight_bytes / sizeof(float) };
    if (call->plan->pass == CONV2D_GRAD_WEIGHT) {
        part.dweight = call->weight;
    } else {
        winograd_weights(call->context, plan, call->weight, call->workspace);
        part.transformed = call->workspace;
    }
    if (!call->mask) {
        part.z = call->z;
        part.relu = call->relu;
    }
    winograd_run(&part);
}

static void plan_winograd(const winograd_params *params, conv2d_plan *plan)
{
    winograd_plan_make(params, &plan->winograd);
    plan->algorithm = plan->winograd.algorithm;
    plan->shared_floats =
        (plan->winograd.weight_bytes + plan->winograd.workspace_bytes) / sizeof(float);
    plan->adds_bias = true;
    plan->run = run_winograd;
}

static const rn_tensor_desc *operand_of(const rn_op_desc *op, int32_t i)
{
    return i < op->n_inputs ? op->inputs[i] : op->outputs[i - op->n_inputs];
}

static void plan_make(const rn_context *context, const rn_op_desc *op, conv2d_plan *plan)
{
    const conv2d_pass pass = conv2d_pass_of(op->op);
    const conv2d_operands at = conv2d_operands_of(op->op);
    const rn_tensor_desc *x = operand_of(op, at.x), *y = operand_of(op, at.y);
    winograd_params params = {
        .attrs = op->attrs, .x = x, .y = y, .pass = pass, .n_threads = context->n_threads
    };
    *plan = (conv2d_plan){
        .s = shape_of(op->attrs, x, y), .pass = pass, .at = at, .n_threads = context->n_threads
    };
    if (takes_winograd(context, &params))
        plan_winograd(&params, plan);
    else
        cpu_blas_columns_plan(plan);
}

static rn_status conv2d_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer)
{
    conv2d_plan plan;
    plan_make(context, op, &plan);
    const conv2d_shape *s = &plan.s;
    int64_t taps = s->rows.kernel * s->columns.kernel;
    if (s->h * s->w > INT_MAX || s->p * s->q > INT_MAX || s->c / s->groups * taps > INT_MAX)
        return cpu_host->fail(RN_E_UNSUPPORTED,
                              "matrices of this convolution have more than %d rows or columns, "
                              "the most that OpenBLAS takes",
                              INT_MAX);
    answer->workspace_bytes =
        (plan.shared_floats + plan.slice_floats * (uint64_t)plan.n_threads) * sizeof(float);
    snprintf(answer->algorithm, sizeof answer->algorithm, "%s", plan.algorithm);
    return RN_OK;
}

static rn_status conv2d_prepare(rn_kernel *kernel)
{
    conv2d_plan *plan = malloc(sizeof *plan);
    if (!plan)
        return cpu_host->fail(RN_E_NOMEM, "no memory for the plan of a convolution");
    plan_make(kernel->context, &kernel->desc, plan);
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
    conv2d_call call = { .plan = kernel->state,
                         .context = kernel->context,
                         .x = operands[RN_AT_CONV2D_X],
                         .weight = operands[RN_AT_CONV2D_WEIGHT],
                         .bias = operands[RN_AT_CONV2D_BIAS],
                         .z = operands[RN_AT_CONV2D_Z],
                         .y = operands[RN_AT_CONV2D_Y],
                         .workspace = workspace,
                         .mask = operands[RN_AT_CONV2D_MASK],
                         .mask_desc = kernel->desc.outputs[RN_CONV2D_MASK],
                         .relu = attrs->epilogue & RN_EPILOGUE_RELU };
    call.plan->run(&call);
    cpu_blas_mask_finish(&call);
}

/* conv2d_grad_input and conv2d_grad_input_sum. */
static void run_grad_input(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const conv2d_plan *plan = kernel->state;
    conv2d_call call = { .plan = plan,
                         .context = kernel->context,
                         .y = operands[plan->at.y],
                         .weight = operands[plan->at.weight],
                         .x = operands[plan->at.x],
                         .z = plan->at.z < 0 ? NULL : operands[plan->at.z],
                         .workspace = workspace };
    plan->run(&call);
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
    conv2d_call call = { .plan = kernel->state,
                         .context = kernel->context,
                         .x = operands[RN_AT_CONV2D_GRAD_WEIGHT_X],
                         .y = operands[RN_AT_CONV2D_GRAD_WEIGHT_DY],
                         .weight = operands[RN_AT_CONV2D_GRAD_WEIGHT_DWEIGHT],
                         .workspace = workspace };
    call.plan->run(&call);
    bias_call bias = { &call.plan->s, call.y, operands[RN_AT_CONV2D_GRAD_WEIGHT_DBIAS] };
    if (bias.dbias)
        cpu_parallel(kernel->context, bias.s->k, bias_gradient, &bias);
}

#define CONV2D(run_pass)                                                                           \
    {                                                                                              \
        .query = conv2d_query, .prepare = conv2d_prepare, .destroy = conv2d_destroy,               \
        .run = run_pass                                                                            \
    }
const cpu_operator cpu_blas_conv2d = CONV2D(run_forward);
const cpu_operator cpu_blas_conv2d_grad_input = CONV2D(run_grad_input);
const cpu_operator cpu_blas_conv2d_grad_input_sum = CONV2D(run_grad_input);
const cpu_operator cpu_blas_conv2d_grad_weight = CONV2D(run_grad_weight);
