/* half.c: a backend plugin for tests, in half precision: the reference's operators, with images and
 * matrices rounded as if they were stored in half precision. Its device "exact" rounds nothing; its
 * device "overflows" makes all gradients infinite. */
#include <math.h>
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

typedef enum half_mode { ROUNDS, EXACT, OVERFLOWS } half_mode;

static const half_mode MODES[] = { ROUNDS, EXACT, OVERFLOWS };

static cpu_operator rounding[N_OPERATORS]; /* the same with other `run`s */
static const cpu_operator *operators[N_OPERATORS];

/* Rounds to IEEE 754's binary16: 11 bits, largest finite value 65504, smallest step 2^-24. */
static float to_half(float x)
{
    int exponent;
    if (!isfinite(x))
        return x;
    frexpf(x, &exponent);
    float step = ldexpf(1, exponent > -13 ? exponent - 11 : -24);
    float rounded = rintf(x / step) * step;
    return fabsf(rounded) > 65504 ? copysignf(INFINITY, x) : rounded;
}

static void run_rounded(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    const rn_op_desc *op = &kernel->desc;
    half_mode mode = *(const half_mode *)kernel->context->state;
    bool overflows = mode == OVERFLOWS && strstr(op->op, "_grad");
    INNER[kernel->type - rounding]->run(kernel, operands, workspace);
    for (int32_t i = 0; i < op->n_outputs && mode != EXACT; i++) {
        const rn_tensor_desc *desc = op->outputs[i];
        bool is_half = desc && desc->dtype == RN_F32 && desc->rank >= 2;
        float *values = operands[op->n_inputs + i];
        for (int64_t k = 0; is_half && k < shape_count(desc); k++)
            values[k] = overflows ? INFINITY : to_half(values[k]);
    }
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, "the reference's operators, rounded");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    static const char *const DEVICES[] = { "", "exact", "overflows" };
    rn_open_params inner = *params;
    size_t mode = 2;
    while (mode > 0 && strcmp(params->device, DEVICES[mode]) != 0)
        mode--;
    *context = NULL;
    if (params->precision != RN_PRECISION_FP16)
        return cpu_host->fail(RN_E_UNSUPPORTED, "this backend computes in fp16 only");
    inner.precision = RN_PRECISION_FP32;
    inner.device = mode ? "" : params->device;
    rn_status status = cpu_open(&inner, operators, context);
    if (!status)
        (*context)->state = (void *)(uintptr_t)&MODES[mode];
    return status;
}

static const rn_backend HALF = {
    .size = sizeof HALF,
    .name = "half",
    .doc = "The reference's operators in half precision, for tests.",
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
        rounding[i] = *INNER[i];
        rounding[i].run = run_rounded;
        operators[i] = &rounding[i];
    }
    return cpu_plugin_init(host, plugin, &HALF, "0.1.0");
}
