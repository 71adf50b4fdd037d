/* primitive.c: primitives with a memory object for each operand, whose address is set when they
 * run. */
#include <stdio.h>
#include <stdlib.h>

#include "onednn/context.h"

const onednn_argument *onednn_arguments_of(dnnl_prop_kind_t kind)
{
    static const onednn_argument forward[] = { { DNNL_ARG_SRC, dnnl_query_src_md, 0 },
                                               { DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0 },
                                               { DNNL_ARG_DST, dnnl_query_dst_md, 0 },
                                               { DNNL_ARG_BIAS, dnnl_query_weights_md, 1 } };
    static const onednn_argument grad_input[] = { { DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0 },
                                                  { DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0 },
                                                  { DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md,
                                                    0 } };
    static const onednn_argument grad_weight[] = {
        { DNNL_ARG_SRC, dnnl_query_src_md, 0 },
        { DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, 0 },
        { DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0 },
        { DNNL_ARG_DIFF_BIAS, dnnl_query_diff_weights_md, 1 }
    };
    if (kind == dnnl_backward_data)
        return grad_input;
    return kind == dnnl_backward_weights ? grad_weight : forward;
}

static dnnl_status_t argument_add(onednn_primitive *p, dnnl_engine_t engine,
                                  dnnl_primitive_desc_t desc, const onednn_argument *argument)
{
    onednn_const_md md = dnnl_primitive_desc_query_md(desc, argument->query, argument->index);
    dnnl_exec_arg_t *to = &p->arguments[p->n_arguments];
    to->arg = argument->which;
    dnnl_status_t failed = dnnl_memory_create(&to->memory, md, engine, DNNL_MEMORY_NONE);
    if (!failed)
        p->n_arguments++;
    return failed;
}

rn_status onednn_primitive_make(dnnl_engine_t engine, dnnl_primitive_desc_t desc,
                                const onednn_argument *arguments, int32_t n_arguments,
                                onednn_primitive **made)
{
    const onednn_argument scratchpad = { DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md, 0 };
    *made = NULL;
    onednn_primitive *p = calloc(1, sizeof *p);
    dnnl_status_t failed = p && desc ? dnnl_success : dnnl_out_of_memory;
    if (failed)
        goto done;
    failed = dnnl_primitive_create(&p->primitive, desc);
    if (failed)
        goto done;
    for (int32_t i = 0; i < n_arguments && !failed; i++)
        failed = argument_add(p, engine, desc, &arguments[i]);
    if (failed)
        goto done;
    failed = argument_add(p, engine, desc, &scratchpad);
done:
    if (desc)
        dnnl_primitive_desc_destroy(desc);
    if (!failed) {
        *made = p;
        return RN_OK;
    }
    onednn_primitive_free(p);
    if (failed == dnnl_out_of_memory)
        return cpu_host->fail(RN_E_NOMEM, "no memory for a primitive of oneDNN");
    return cpu_host->fail(RN_E_DEVICE,
                          "oneDNN cannot create a primitive that it accepted before; "
                          "its status is %d",
                          (int)failed);
}

void onednn_primitive_free(onednn_primitive *p)
{
    if (!p)
        return;
    for (int32_t i = 0; i < p->n_arguments; i++)
        dnnl_memory_destroy(p->arguments[i].memory);
    if (p->primitive)
        dnnl_primitive_destroy(p->primitive);
    free(p);
}

/* oneDNN examines the padding when an address is set, so set it only if it changed. */
static dnnl_status_t argument_set(onednn_primitive *p, int32_t i, void *pointer)
{
    if (p->pointers[i] == pointer)
        return dnnl_success;
    p->pointers[i] = pointer;
    return dnnl_memory_set_data_handle(p->arguments[i].memory, pointer);
}

void onednn_primitive_run(onednn_state *state, onednn_primitive *p, void *const *pointers,
                          void *scratchpad)
{
    int32_t last = p->n_arguments - 1;
    dnnl_status_t failed = argument_set(p, last, scratchpad);
    for (int32_t i = 0; i < last && !failed; i++)
        failed = argument_set(p, i, pointers[i]);
    if (!failed)
        failed = dnnl_primitive_execute(p->primitive, state->stream, p->n_arguments, p->arguments);
    if (failed && !state->failed)
        state->failed = failed;
}

bool onednn_has_amx(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_amx) ==
           dnnl_cpu_isa_avx512_core_amx;
}

void onednn_library(char *text, size_t size)
{
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, size, "oneDNN %d.%d.%d%s", v->major, v->minor, v->patch,
             v->major < 3 || (v->major == 3 && v->minor < 2) ? "" : ", which has no Winograd");
}
