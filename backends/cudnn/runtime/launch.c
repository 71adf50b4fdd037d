/* launch.c: kernel launches: arguments, grid and enqueueing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cudnn/cudnn.h"

static const char *real_option(const rn_kernel *kernel)
{
    if (!kernel->is_opaque)
        return "-DREAL_FLOAT -DNHWC=0";
    switch (kernel->context->precision) {
        case RN_PRECISION_FP16: return "-DREAL_HALF -DNHWC=1";
        case RN_PRECISION_BF16: return "-DREAL_BF16 -DNHWC=1";
        default: return "-DREAL_FLOAT -DNHWC=1";
    }
}

/* A new launch, whose kernel has yet to be found. */
static rn_status launch_begin(rn_kernel *kernel, const char *function, int32_t n_operands,
                              gpu_launch **launch)
{
    rn_status status = gpu_launches_reserve(kernel, sizeof **launch);
    if (status)
        return status;
    *launch = &kernel->launches[kernel->n_launches];
    **launch = (gpu_launch){ .function = function, .block = { CUDNN_GROUP, 1, 1 } };
    for (int32_t i = 0; i < n_operands; i++)
        gpu_arg_bytes(*launch, &(void *){ NULL }, sizeof(void *));
    (*launch)->n_operands = n_operands;
    return RN_OK;
}

rn_status gpu_launch_add(rn_kernel *kernel, const gpu_code *code, const char *function,
                         int32_t n_operands, gpu_launch **launch)
{
    gpu_code full = *code;
    size_t used = strlen(full.options);
    int length =
        snprintf(full.options + used, sizeof full.options - used, " %s", real_option(kernel));
    if (length < 0 || (size_t)length >= sizeof full.options - used)
        return gpu_host->fail(RN_E_PLUGIN, "a program's options are longer than %zu characters",
                              sizeof full.options - 1);
    rn_status status = launch_begin(kernel, function, n_operands, launch);
    if (!status)
        status = cudnn_kernel_find(kernel->context, &full, function, &(*launch)->kernel);
    kernel->n_launches += !status;
    return status;
}

rn_status gpu_launch_add_bare(rn_kernel *kernel, const gpu_bare_code *code, const char *function,
                              int32_t n_operands, gpu_launch **launch)
{
    rn_status status = launch_begin(kernel, function, n_operands, launch);
    if (!status)
        status = cudnn_kernel_find_bare(kernel->context, code, function, &(*launch)->kernel);
    kernel->n_launches += !status;
    return status;
}

void gpu_arg_bytes(gpu_launch *launch, const void *value, size_t bytes)
{
    /* Kernel parameters are aligned to their size, at most to 16 bytes. */
    uint32_t alignment = bytes >= 16 ? 16 : (uint32_t)bytes;
    uint32_t begin = (launch->used_bytes + alignment - 1) / alignment * alignment;
    if (launch->n_args == CUDNN_MAX_ARGS || begin + bytes > CUDNN_ARG_BYTES) {
        launch->error = "has too many arguments";
        return;
    }
    memcpy(launch->values + begin, value, bytes);
    launch->offsets[launch->n_args++] = (uint16_t)begin;
    launch->used_bytes = begin + (uint32_t)bytes;
}

void gpu_arg_last(gpu_launch *launch, const void *value, size_t bytes)
{
    memcpy(launch->values + launch->offsets[launch->n_args - 1], value, bytes);
}

void gpu_arg_int(gpu_launch *launch, int64_t value)
{
    int narrow = (int)value;
    if (narrow != value)
        launch->error = "has an argument beyond 31 bits; ask for a smaller batch";
    gpu_arg_bytes(launch, &narrow, sizeof narrow);
}

void gpu_grid_groups(gpu_launch *launch, int64_t x, int64_t y, int64_t z)
{
    const int64_t grid[3] = { x, y, z };
    memcpy(launch->grid, grid, sizeof grid);
}

void gpu_grid_items(gpu_launch *launch, int64_t items)
{
    gpu_grid_groups(launch, shape_divide_up(items, CUDNN_GROUP), 1, 1);
}

/* CUDA's limits for a grid (CUDA C++ Programming Guide, "Technical Specifications"). */
static rn_status launch_check(const gpu_launch *launch)
{
    static const int64_t MOST[3] = { INT32_MAX, 65535, 65535 };
    if (launch->error)
        return gpu_host->fail(RN_E_UNSUPPORTED, "kernel %s %s", launch->function, launch->error);
    for (int i = 0; i < 3; i++)
        if (launch->grid[i] < 1 || launch->grid[i] > MOST[i])
            return gpu_host->fail(RN_E_UNSUPPORTED,
                                  "kernel %s needs %lld blocks along axis %d, "
                                  "and CUDA has %lld at most; ask for a smaller batch",
                                  launch->function, (long long)launch->grid[i], i,
                                  (long long)MOST[i]);
    return RN_OK;
}

gpu_launch *gpu_launch_at(rn_kernel *kernel, int32_t i)
{
    return &kernel->launches[i];
}

rn_status gpu_launches_check(const rn_kernel *kernel)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; !status && i < kernel->n_launches; i++)
        status = launch_check(&kernel->launches[i]);
    return status;
}

/* The CUDA kernels are owned by their programs. */
void gpu_launches_free(rn_kernel *kernel)
{
    free(kernel->launches);
}

rn_status gpu_launch_run(rn_context *context, gpu_launch *launch, const rn_operand *operands)
{
    void *args[CUDNN_MAX_ARGS];
    char what[96];
    for (int32_t i = 0; i < launch->n_operands; i++) {
        void *address = cudnn_address(operands[i]);
        memcpy(launch->values + launch->offsets[i], &address, sizeof address);
    }
    for (int32_t i = 0; i < launch->n_args; i++)
        args[i] = launch->values + launch->offsets[i];
    const dim3 grid = { (unsigned)launch->grid[0], (unsigned)launch->grid[1],
                        (unsigned)launch->grid[2] };
    const dim3 block = { (unsigned)launch->block[0], (unsigned)launch->block[1],
                         (unsigned)launch->block[2] };
    rn_status status = cudnn_record_begin(context, launch->function);
    if (status)
        return status;
    cudaError_t error = cudaLaunchKernel((const void *)launch->kernel, grid, block, args,
                                         (size_t)launch->shared_bytes, context->stream);
    snprintf(what, sizeof what, "launch kernel %s", launch->function);
    status = cudnn_cuda_check(error, what);
    return status ? status : cudnn_record_end(context);
}

uint64_t gpu_float_bytes(int64_t count)
{
    return cudnn_bytes(count, sizeof(float));
}
