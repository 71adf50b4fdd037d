/* source.c: the extension that compiles kernels of plugins. OpenCL 1.2 has no pointers into buffers
 * on the host, so a kernel of ours makes them from buffers and offsets, and calls the plugin's. */
#include "gpu/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "opencl/opencl.h"

#define FUNCTION "rn_plugin_kernel"

static const char *const TYPES[] = {
    [RN_CUSTOM_I32] = "int", [RN_CUSTOM_I64] = "long", [RN_CUSTOM_F32] = "float"
};

static void append(char text[GPU_WRAPPER_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void append(char text[GPU_WRAPPER_BYTES], const char *format, ...)
{
    va_list args;
    size_t used = strlen(text);
    va_start(args, format);
    vsnprintf(text + used, GPU_WRAPPER_BYTES - used, format, args);
    va_end(args);
}

const char *gpu_source_wrap(const rn_source_desc *source, char wrapper[GPU_WRAPPER_BYTES])
{
    const rn_custom_launch *launch = source->launch;
    const int32_t n = source->n_inputs + source->n_outputs;
    append(wrapper, "\n__kernel void " FUNCTION "(");
    for (int32_t i = 0; i < n; i++)
        append(wrapper, "%s__global uchar *p%d, const uint at%d", i ? ", " : "", (int)i, (int)i);
    for (uint32_t i = 0; i < launch->n_args; i++)
        append(wrapper, ", const %s a%u", TYPES[launch->args[i].type], (unsigned)i);
    append(wrapper, "%s)\n{\n    %s(", launch->local_bytes ? ", __local uchar *shared" : "",
           source->entry);
    for (int32_t i = 0; i < n; i++)
        append(wrapper, "%s(__global void *)(p%d + (ulong)at%d * 64)", i ? ", " : "", (int)i,
               (int)i);
    for (uint32_t i = 0; i < launch->n_args; i++)
        append(wrapper, ", a%u", (unsigned)i);
    append(wrapper, "%s);\n}\n", launch->local_bytes ? ", (__local void *)shared" : "");
    return FUNCTION;
}

void gpu_source_grid(gpu_launch *launch, const rn_source_desc *source)
{
    const rn_custom_launch *asked = source->launch;
    launch->function = source->entry;
    if (asked->local_bytes)
        opencl_arg_local(launch, asked->local_bytes);
    for (int32_t i = 0; i < 3; i++) {
        launch->local[i] = (size_t)asked->group[i];
        launch->global[i] = (size_t)asked->groups[i] * (size_t)asked->group[i];
    }
}

const rn_source_kernel opencl_source_kernel = { .size = sizeof opencl_source_kernel,
                                                .language = RN_SOURCE_OPENCL,
                                                .prepare = gpu_source_prepare };
