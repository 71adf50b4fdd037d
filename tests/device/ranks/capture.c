/* capture.c: recordings: lists of runs. */
#include <stdlib.h>
#include <string.h>

#include "ranks.h"

typedef struct recorded {
    rn_kernel *kernel;
    rn_operand operands[RN_MAX_OPERANDS];
    rn_operand workspace;
} recorded;

struct rn_recording {
    recorded *runs;
    int32_t n;
    rn_recording *next;
};

static void forget(ranks_own *own, rn_recording *recording)
{
    rn_recording **at = &own->recordings;
    while (*at && *at != recording)
        at = &(*at)->next;
    if (!*at)
        abort();
    *at = recording->next;
    free(recording->runs);
    free(recording);
}

static rn_status begin(rn_context *context)
{
    ranks_own *own = context->own;
    if (own->is_recording || own->n_runs == 0)
        return cpu_host->fail(RN_E_DEVICE, "a recording begins in another, or before any run");
    if (ranks_fault(own, "begin"))
        return cpu_host->fail(RN_E_UNSUPPORTED, "this device does not record");
    rn_recording *made = calloc(1, sizeof *made);
    if (!made)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a recording");
    made->next = own->recordings;
    own->recordings = made;
    own->is_recording = true;
    return RN_OK;
}

rn_status ranks_record(ranks_own *own, rn_kernel *kernel, const rn_operand *operands,
                       rn_operand workspace)
{
    rn_recording *to = own->recordings;
    if (ranks_fault(own, "record"))
        return cpu_host->fail(RN_E_UNSUPPORTED, "this operator cannot be recorded");
    if (ranks_fault(own, "record_lost"))
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    recorded *grown = realloc(to->runs, ((size_t)to->n + 1) * sizeof *grown);
    if (!grown)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a recording");
    to->runs = grown;
    grown += to->n++;
    *grown = (recorded){ .kernel = kernel, .workspace = workspace };
    size_t n = (size_t)kernel->desc.n_inputs + (size_t)kernel->desc.n_outputs;
    memcpy(grown->operands, operands, n * sizeof *operands);
    return RN_OK;
}

static rn_status end(rn_context *context, rn_recording **recording)
{
    ranks_own *own = context->own;
    if (!own->is_recording)
        return cpu_host->fail(RN_E_DEVICE, "a recording ends that did not begin");
    own->is_recording = false;
    bool fails = ranks_fault(own, "end"), is_lost = ranks_fault(own, "end_lost");
    if (recording && !fails && !is_lost) {
        *recording = own->recordings;
        return RN_OK;
    }
    forget(own, own->recordings);
    if (!recording)
        return RN_OK;
    return is_lost ? cpu_host->fail(RN_E_DEVICE, "the device was lost")
                   : cpu_host->fail(RN_E_UNSUPPORTED, "something cannot be recorded");
}

static void destroy(rn_context *context, rn_recording *recording)
{
    forget(context->own, recording);
}

static rn_status launch(rn_context *context, rn_recording *recording)
{
    ranks_own *own = context->own;
    rn_status status = RN_OK;
    if (own->is_recording)
        return cpu_host->fail(RN_E_DEVICE, "a recording is launched while another is made");
    if (ranks_fault(own, "launch"))
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    for (int32_t i = 0; i < recording->n && !status; i++) {
        const recorded *r = &recording->runs[i];
        status = ranks_run_now(context, r->kernel, r->operands, r->workspace);
    }
    return status;
}

void ranks_check_unused(const ranks_own *own, const rn_kernel *kernel)
{
    for (const rn_recording *r = own->recordings; r; r = r->next)
        for (int32_t i = 0; i < r->n; i++)
            if (r->runs[i].kernel == kernel)
                abort();
}

const rn_capture ranks_capture = {
    .size = sizeof ranks_capture, .begin = begin, .end = end, .destroy = destroy, .launch = launch
};
