/* planted.c: a backend plugin for tests: the reference's operators, one of which has a fault. The
 * device's name says which. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const INNER[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef LACKS
enum { N_OPERATORS = sizeof INNER / sizeof *INNER };

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) #name,
#define LACKS(name)
static const char *const OPERATOR_NAMES[] = {
#include <resnet/operators.h>
    NULL
};
#undef OWN
#undef LACKS

static cpu_operator faulty[N_OPERATORS]; /* the same with other `run`s */
static const cpu_operator *operators[N_OPERATORS];

/* What goes wrong after the operator has run. */
typedef void spoil(const rn_op_desc *op, void *const *operands);

typedef struct fault {
    const char *name, *op;
    spoil *spoil;
} fault;

static float *output(const rn_op_desc *op, void *const *operands, int32_t i)
{
    return operands[op->n_inputs + i];
}

/* The last row of y has the values of the row above. */
static void border(const rn_op_desc *op, void *const *operands)
{
    const rn_tensor_desc *desc = op->outputs[0];
    int64_t rows = desc->shape[2], width = desc->shape[3];
    const rn_conv2d_attrs *a = op->attrs;
    float *y = output(op, operands, 0);
    for (int64_t plane = 0;
         rows > 1 && a->padding_end[0] && plane < desc->shape[0] * desc->shape[1]; plane++)
        memcpy(y + (plane * rows + rows - 1) * width, y + (plane * rows + rows - 2) * width,
               (size_t)width * sizeof *y);
}

static void scaled_at_stride_2(const rn_op_desc *op, void *const *operands)
{
    const rn_conv2d_attrs *a = op->attrs;
    float *dweight = output(op, operands, 0);
    for (int64_t i = 0; a->stride[0] == 2 && i < shape_count(op->outputs[0]); i++)
        dweight[i] *= 1.01f;
}

/* The elements after the last whole tile of 16. */
static void last_tile(const rn_op_desc *op, void *const *operands)
{
    float *y = output(op, operands, 0);
    int64_t count = shape_count(op->outputs[0]);
    for (int64_t i = count / 16 * 16; i < count; i++)
        y[i] += 1;
}

static void large_batch(const rn_op_desc *op, void *const *operands)
{
    const rn_tensor_desc *desc = op->outputs[0];
    if (desc->shape[0] > 4)
        output(op, operands, 0)[shape_count(desc) / desc->shape[0] * 4] += 1;
}

static void race(const rn_op_desc *op, void *const *operands)
{
    static unsigned count;
    (void)op;
    if (++count % 10 == 7)
        output(op, operands, 0)[0] += 1;
}

static void nan_once(const rn_op_desc *op, void *const *operands)
{
    output(op, operands, 0)[0] = NAN;
}

static void no_velocity(const rn_op_desc *op, void *const *operands)
{
    float *velocity = operands[RN_SGD_VELOCITY];
    for (int64_t i = 0; velocity && i < shape_count(op->inputs[RN_SGD_VELOCITY]); i++)
        velocity[i] = ((float *)operands[RN_SGD_GRADIENT])[i];
}

static void beyond_the_end(const rn_op_desc *op, void *const *operands)
{
    output(op, operands, 0)[shape_count(op->outputs[0])] = 0;
}

static float to_bf16(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x8000) & 0xFFFF0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void stored_in_bf16(const rn_op_desc *op, void *const *operands)
{
    float *y = output(op, operands, 0);
    for (int64_t i = 0; i < shape_count(op->outputs[0]); i++)
        y[i] = to_bf16(y[i]);
}

static const fault FAULTS[] = {
    { "border", "conv2d", border },        { "stride_2", "conv2d_grad_weight", scaled_at_stride_2 },
    { "last_tile", "linear", last_tile },  { "large_batch", "add", large_batch },
    { "race", "conv2d_grad_input", race }, { "nan", "batch_norm", nan_once },
    { "no_velocity", "sgd", no_velocity }, { "beyond", "linear", beyond_the_end },
    { "bf16", "conv2d", stored_in_bf16 },
};
enum { N_FAULTS = sizeof FAULTS / sizeof *FAULTS };

static void run_spoilt(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const fault *planted = kernel->context->state;
    INNER[kernel->type - faulty]->run(kernel, operands, workspace);
    if (planted && strcmp(planted->op, kernel->desc.op) == 0)
        planted->spoil(&kernel->desc, operands);
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, "the reference's operators with a fault");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    rn_open_params inner = *params;
    const fault *planted = NULL;
    for (int i = 0; i < N_FAULTS; i++)
        if (strcmp(params->device, FAULTS[i].name) == 0)
            planted = &FAULTS[i];
    inner.device = planted ? "" : params->device;
    rn_status status = cpu_open(&inner, operators, context);
    if (!status)
        (*context)->state = (void *)(uintptr_t)planted;
    return status;
}

static const rn_backend PLANTED = {
    .size = sizeof PLANTED,
    .name = "planted",
    .doc = "The reference's operators, one with a fault, for tests.",
    .operators = OPERATOR_NAMES,
    .device_info = device_info,
    .open = open_device,
    CPU_BACKEND_SLOTS,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    for (int i = 0; i < N_OPERATORS; i++) {
        if (!INNER[i])
            continue;
        faulty[i] = *INNER[i];
        faulty[i].run = run_spoilt;
        operators[i] = &faulty[i];
    }
    return cpu_plugin_init(host, plugin, &PLANTED, "0.1.0");
}
