/* backend.c: the test backend "failing": the reference's operators, one of which fails in one
 * process. RESNET_FAILING=conv2d:30:lost loses the device in the 30th run of a conv2d;
 * softmax_cross_entropy:30:nan makes that run's results not finite; conv2d:30:waits makes the file
 * waiting.PID and does not begin that run before the file is gone, so that a signal finds the
 * process there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reference/reference.h"

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#define OWN(name) &reference_##name,
#define LACKS(name) NULL,
static const cpu_operator *const OPERATORS[] = {
#include <resnet/operators.h>
};
#undef OWN
#undef LACKS

#define RN_OP(OPERATOR, name, bytes) REFERENCE_##OPERATOR(name)
#include "base/operator_names.h"

/* What is to happen. */
typedef struct fault {
    char operator_name[64], kind[8];
    long countdown; /* runs of the operator until it does; 0: it has happened, or never will */
} fault;

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, "the reference's operators, one of which fails");
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    const char *wanted = getenv("RESNET_FAILING");
    rn_status status = cpu_open(params, OPERATORS, context);
    if (status)
        return status;
    fault *f = calloc(1, sizeof *f);
    if (f && wanted)
        sscanf(wanted, "%63[^:]:%ld:%7s", f->operator_name, &f->countdown, f->kind);
    (*context)->state = f;
    return RN_OK;
}

static void close_device(rn_context *context)
{
    free(context->state);
    cpu_close(context);
}

static void spoil(const rn_kernel *kernel, const rn_operand *operands)
{
    float *result = cpu_operand_pointer(operands[kernel->desc.n_inputs]);
    *result = NAN;
}

static rn_status await_removal(void)
{
    const struct timespec nap = { .tv_nsec = 5000000 };
    char name[32];
    snprintf(name, sizeof name, "waiting.%ld", (long)getpid());
    FILE *file = fopen(name, "w");
    if (!file)
        return cpu_host->fail(RN_E_IO, "%s: cannot write it", name);
    fclose(file);
    while (access(name, F_OK) == 0)
        nanosleep(&nap, NULL);
    return RN_OK;
}

static rn_status run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace)
{
    fault *f = context->state;
    bool is_due =
        strcmp(kernel->desc.op, f->operator_name) == 0 && f->countdown > 0 && --f->countdown == 0;
    if (is_due && strcmp(f->kind, "lost") == 0)
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    rn_status status = is_due && strcmp(f->kind, "waits") == 0 ? await_removal() : RN_OK;
    if (!status)
        status = cpu_run(context, kernel, operands, workspace);
    if (is_due && !status && strcmp(f->kind, "nan") == 0)
        spoil(kernel, operands);
    return status;
}

static const rn_backend FAILING = {
    .size = sizeof FAILING,
    .name = "failing",
    .doc = "The reference's operators, one of which fails, for tests.",
    .operators = OPERATOR_NAMES,
    .device_info = device_info,
    .open = open_device,
    .close = close_device,
    .query = cpu_query,
    .prepare = cpu_prepare,
    .run = run,
    CPU_MEMORY_SLOTS,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    return cpu_plugin_init(host, plugin, &FAILING, "0.1.0");
}
