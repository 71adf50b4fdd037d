/* launch.c: a kernel of the device, its arguments, its grid, and how it is enqueued. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/opencl.h"

/* A new launch, whose kernel has yet to be made. */
static rn_status launch_begin(rn_kernel *kernel, const char *function, int32_t n_operands,
                              gpu_launch **launch)
{
    rn_status status = gpu_launches_reserve(kernel, sizeof **launch);
    if (status)
        return status;
    *launch = &kernel->launches[kernel->n_launches];
    **launch = (gpu_launch){ .function = function,
                             .n_operands = n_operands,
                             .n_args = 2 * (cl_uint)n_operands,
                             .group = kernel->context->group };
    return RN_OK;
}

rn_status gpu_launch_add(rn_kernel *kernel, const gpu_code *code, const char *function,
                         int32_t n_operands, gpu_launch **launch)
{
    gpu_code full = *code;
    size_t used = strlen(full.options);
    if (kernel->is_opaque)
        strncat(full.options, " -DHALF", sizeof full.options - used - 1);
    rn_status status = launch_begin(kernel, function, n_operands, launch);
    if (!status)
        status = opencl_kernel_create(kernel->context, &full, function, &(*launch)->kernel);
    kernel->n_launches += !status;
    return status;
}

rn_status gpu_launch_add_bare(rn_kernel *kernel, const gpu_bare_code *code, const char *function,
                              int32_t n_operands, gpu_launch **launch)
{
    rn_status status = launch_begin(kernel, function, n_operands, launch);
    if (!status)
        status = opencl_kernel_create_bare(kernel->context, code, function, &(*launch)->kernel);
    kernel->n_launches += !status;
    return status;
}

static rn_status launch_failed(const gpu_launch *launch, cl_int error, const char *what)
{
    char text[96];
    if (!error)
        return RN_OK;
    snprintf(text, sizeof text, "%s kernel %s", what, launch->function);
    return opencl_check(error, text);
}

/* A kernel may need more resources than the device has for a work-group of this size. */
static rn_status launch_check(const rn_context *context, const gpu_launch *launch)
{
    size_t most = 0, items = launch->local[0] * launch->local[1] * launch->local[2];
    cl_int error = clGetKernelWorkGroupInfo(launch->kernel, context->device,
                                            CL_KERNEL_WORK_GROUP_SIZE, sizeof most, &most, NULL);
    if (launch->error || error)
        return launch_failed(launch, launch->error ? launch->error : error, "prepare");
    if (items <= most)
        return RN_OK;
    return gpu_host->fail(RN_E_DEVICE,
                          "kernel %s needs groups of %zu work-items, and the "
                          "device runs it in groups of %zu at most",
                          launch->function, items, most);
}

gpu_launch *gpu_launch_at(rn_kernel *kernel, int32_t i)
{
    return &kernel->launches[i];
}

rn_status gpu_launches_check(const rn_kernel *kernel)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; !status && i < kernel->n_launches; i++)
        status = launch_check(kernel->context, &kernel->launches[i]);
    return status;
}

void gpu_launches_free(rn_kernel *kernel)
{
    for (int32_t i = 0; i < kernel->n_launches; i++)
        clReleaseKernel(kernel->launches[i].kernel);
    free(kernel->launches);
}

void gpu_arg_bytes(gpu_launch *launch, const void *value, size_t bytes)
{
    cl_int error = clSetKernelArg(launch->kernel, launch->n_args++, bytes, value);
    if (!launch->error)
        launch->error = error;
}

void gpu_arg_int(gpu_launch *launch, int64_t value)
{
    cl_int narrow = (cl_int)value;
    if (narrow != value && !launch->error)
        launch->error = CL_INVALID_VALUE;
    gpu_arg_bytes(launch, &narrow, sizeof narrow);
}

void gpu_arg_last(gpu_launch *launch, const void *value, size_t bytes)
{
    launch->n_args--;
    gpu_arg_bytes(launch, value, bytes);
}

void opencl_arg_last(gpu_launch *launch, int64_t value)
{
    launch->n_args--;
    gpu_arg_int(launch, value);
}

void opencl_arg_local(gpu_launch *launch, size_t bytes)
{
    gpu_arg_bytes(launch, NULL, bytes);
}

void gpu_grid_groups(gpu_launch *launch, int64_t x, int64_t y, int64_t z)
{
    size_t group = (size_t)launch->group;
    const size_t global[3] = { (size_t)x * group, (size_t)y, (size_t)z };
    const size_t local[3] = { group, 1, 1 };
    memcpy(launch->global, global, sizeof global);
    memcpy(launch->local, local, sizeof local);
}

void gpu_grid_items(gpu_launch *launch, int64_t items)
{
    gpu_grid_groups(launch, shape_divide_up(items, launch->group), 1, 1);
}

static void operands_set(gpu_launch *launch, const rn_operand *operands)
{
    for (int32_t i = 0; i < launch->n_operands; i++) {
        cl_mem memory = opencl_memory(operands[i]);
        cl_uint at = (cl_uint)(operands[i].offset_bytes / 64);
        cl_int error = clSetKernelArg(launch->kernel, 2 * (cl_uint)i, sizeof memory, &memory);
        if (!error)
            error = clSetKernelArg(launch->kernel, 2 * (cl_uint)i + 1, sizeof at, &at);
        if (!launch->error)
            launch->error = error;
    }
}

rn_status gpu_launch_run(rn_context *context, gpu_launch *launch, const rn_operand *operands)
{
    operands_set(launch, operands);
    if (launch->error)
        return launch_failed(launch, launch->error, "take the arguments of");
    cl_event event;
    cl_int error =
        clEnqueueNDRangeKernel(context->queue, launch->kernel, 3, NULL, launch->global,
                               launch->local, 0, NULL, opencl_record_event(context, &event));
    opencl_record_add(context, launch->function, event);
    return launch_failed(launch, error, "enqueue");
}

/* OPERAND of prelude.cl counts offsets in units of 64 bytes. */
uint64_t gpu_float_bytes(int64_t count)
{
    return ((uint64_t)count * 4 + 63) / 64 * 64;
}
