/* capture.c: recordings: lists of operator runs. */
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

static void remove_recording(ranks_state *state, rn_recording *recording)
{
    rn_recording **at = &state->recordings;
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
    ranks_state *state = context->state;
    if (state->is_recording || state->n_runs == 0)
        return cpu_host->fail(RN_E_DEVICE,
                              "a recording begins within another, or before the first run");
    if (ranks_fault(state, "begin"))
        return cpu_host->fail(RN_E_UNSUPPORTED, "this device does not record");
    rn_recording *recording = calloc(1, sizeof *recording);
    if (!recording)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a recording");
    recording->next = state->recordings;
    state->recordings = recording;
    state->is_recording = true;
    return RN_OK;
}

rn_status ranks_record(ranks_state *state, rn_kernel *kernel, const rn_operand *operands,
                       rn_operand workspace)
{
    rn_recording *to = state->recordings;
    if (ranks_fault(state, "record"))
        return cpu_host->fail(RN_E_UNSUPPORTED, "this operator cannot be recorded");
    if (ranks_fault(state, "record_lost"))
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
    ranks_state *state = context->state;
    if (!state->is_recording)
        return cpu_host->fail(RN_E_DEVICE, "no recording was begun");
    state->is_recording = false;
    bool fails = ranks_fault(state, "end"), is_lost = ranks_fault(state, "end_lost");
    if (recording && !fails && !is_lost) {
        *recording = state->recordings;
        return RN_OK;
    }
    remove_recording(state, state->recordings);
    if (!recording)
        return RN_OK;
    return is_lost ? cpu_host->fail(RN_E_DEVICE, "the device was lost")
                   : cpu_host->fail(RN_E_UNSUPPORTED, "the step cannot be recorded");
}

static void destroy(rn_context *context, rn_recording *recording)
{
    remove_recording(context->state, recording);
}

static rn_status launch(rn_context *context, rn_recording *recording)
{
    ranks_state *state = context->state;
    rn_status status = RN_OK;
    if (state->is_recording)
        return cpu_host->fail(RN_E_DEVICE, "a recording is launched while another is recording");
    if (ranks_fault(state, "launch"))
        return cpu_host->fail(RN_E_DEVICE, "the device was lost");
    for (int32_t i = 0; i < recording->n && !status; i++) {
        const recorded *r = &recording->runs[i];
        status = ranks_run_now(context, r->kernel, r->operands, r->workspace);
    }
    return status;
}

void ranks_check_unused(const ranks_state *state, const rn_kernel *kernel)
{
    for (const rn_recording *r = state->recordings; r; r = r->next)
        for (int32_t i = 0; i < r->n; i++)
            if (r->runs[i].kernel == kernel)
                abort();
}

const rn_capture ranks_capture = {
    .size = sizeof ranks_capture, .begin = begin, .end = end, .destroy = destroy, .launch = launch
};
