/* backend.c: the table of the test backend "mutant", and which fault a device has. */
#include <stdlib.h>
#include <string.h>

#include "mutant.h"

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
#include "base/operator_names.h"

static cpu_operator mutants[N_OPERATORS]; /* the same with other `run`s */
static const cpu_operator *operators[N_OPERATORS];

typedef struct state {
    const mutant_fault *fault; /* NULL: none */
    char layer[128];           /* "": every one */
    int64_t n_runs;
} state;

static const mutant_fault *find_fault(const char *name, size_t length)
{
    const mutant_fault *const lists[] = { mutant_of_products, mutant_of_layers, mutant_of_updates };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const mutant_fault *f = lists[i]; f->name; f++)
            if (strncmp(f->name, name, length) == 0 && !f->name[length])
                return f;
    return NULL;
}

void mutant_run_inner(mutant_call *call)
{
    call->inner->run(&call->kernel, call->operands, call->workspace);
}

float *mutant_copy(mutant_call *call, int32_t operand, const rn_tensor_desc *desc)
{
    size_t size = (size_t)shape_count(desc) * sizeof(float);
    float *copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, call->operands[operand], size);
    call->operands[operand] = call->scratch[call->n_scratch++] = copy;
    return copy;
}

static bool is_faulty(const state *s, const rn_op_desc *op)
{
    return s->fault && strcmp(s->fault->op, op->op) == 0 &&
           (!s->layer[0] || strcmp(s->layer, op->name) == 0);
}

static void run_mutant(const rn_kernel *kernel, void *const *operands, void *workspace)
{
    state *s = kernel->context->state;
    mutant_call call = { .kernel = *kernel,
                         .op = &kernel->desc,
                         .workspace = workspace,
                         .inner = INNER[kernel->type - mutants] };
    size_t n = (size_t)kernel->desc.n_inputs + (size_t)kernel->desc.n_outputs;
    memcpy(call.operands, operands, n * sizeof *operands);
    if (!is_faulty(s, call.op)) {
        mutant_run_inner(&call);
        return;
    }
    call.n_runs = s->n_runs++;
    s->fault->run(&call);
    for (int i = 0; i < call.n_scratch; i++)
        free(call.scratch[i]);
}

static rn_status device_info(int32_t index, rn_device_info *info)
{
    return cpu_device_info(index, info, "the reference's operators, one of them wrong");
}

static rn_status make_state(const char *device, state **out)
{
    const char *at = strchr(device, '@');
    size_t length = at ? (size_t)(at - device) : strlen(device);
    const mutant_fault *fault = find_fault(device, length);
    if (length && !fault)
        return cpu_host->fail(RN_E_DEVICE, "mutant has no fault \"%s\"", device);
    state *s = calloc(1, sizeof *s);
    if (!s)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a context");
    s->fault = fault;
    if (at)
        strncpy(s->layer, at + 1, sizeof s->layer - 1);
    *out = s;
    return RN_OK;
}

static rn_status open_device(const rn_open_params *params, rn_context **context)
{
    rn_open_params inner = *params;
    state *s = NULL;
    *context = NULL;
    rn_status status = make_state(params->device, &s);
    if (status)
        return status;
    inner.device = "";
    inner.precision = RN_PRECISION_FP32;
    status = cpu_open(&inner, operators, context);
    if (status)
        free(s);
    else
        (*context)->state = s;
    return status;
}

static void close_device(rn_context *context)
{
    free(context->state);
    cpu_close(context);
}

static const rn_backend MUTANT = {
    .size = sizeof MUTANT,
    .name = "mutant",
    .doc = "The reference's operators, one of them wrong, for tests.",
    .operators = OPERATOR_NAMES,
    .device_info = device_info,
    .open = open_device,
    .close = close_device,
    .query = cpu_query,
    .prepare = cpu_prepare,
    .run = cpu_run,
    CPU_MEMORY_SLOTS,
};

rn_status RN_PLUGIN_ENTRY(const rn_host *host, rn_plugin *plugin)
{
    for (int i = 0; i < N_OPERATORS; i++) {
        if (!INNER[i])
            continue;
        mutants[i] = *INNER[i];
        mutants[i].run = run_mutant;
        operators[i] = &mutants[i];
    }
    return cpu_plugin_init(host, plugin, &MUTANT, "0.1.0");
}
