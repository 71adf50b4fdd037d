/* source.c: a kernel from a plugin's text: its operands are as those of other kernels, its
 * arguments are the plugin's. */
#include "gpu/source.h"

#include <stdlib.h>

static const gpu_operator SOURCE = { 0 };

static void args_add(gpu_launch *launch, const rn_custom_launch *asked)
{
    for (uint32_t i = 0; i < asked->n_args; i++) {
        const rn_custom_arg *arg = &asked->args[i];
        switch (arg->type) {
            case RN_CUSTOM_I32: gpu_arg_int(launch, arg->int_value); break;
            case RN_CUSTOM_I64: gpu_arg_long(launch, arg->int_value); break;
            default: gpu_arg_float(launch, arg->float_value); break;
        }
    }
}

static rn_status launch_add(rn_kernel *kernel, const rn_source_desc *source)
{
    char wrapper[GPU_WRAPPER_BYTES] = "";
    gpu_launch *launch;
    const char *function = gpu_source_wrap(source, wrapper);
    const gpu_bare_code code = { source->text, wrapper };
    rn_status status =
        gpu_launch_add_bare(kernel, &code, function, source->n_inputs + source->n_outputs, &launch);
    if (status)
        return status;
    args_add(launch, source->launch);
    gpu_source_grid(launch, source);
    return gpu_launches_check(kernel);
}

rn_status gpu_source_prepare(rn_context *context, const rn_source_desc *source, rn_kernel **kernel)
{
    *kernel = NULL;
    rn_kernel *made = calloc(1, sizeof *made);
    if (!made)
        return gpu_host->fail(RN_E_NOMEM, "no memory for a kernel of %s", source->op);
    made->type = &SOURCE;
    made->context = context;
    made->desc = (rn_op_desc){ .size = sizeof made->desc,
                               .op = source->op,
                               .n_inputs = source->n_inputs,
                               .n_outputs = source->n_outputs };
    rn_status status = launch_add(made, source);
    if (status)
        gpu_kernel_destroy(context, made);
    else
        *kernel = made;
    return status;
}
