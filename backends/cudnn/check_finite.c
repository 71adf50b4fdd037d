/* check_finite.c: sets the flag next to the loss scale if a gradient is not finite. */
#include "cudnn/cudnn.h"

extern const char GPU_TEXT(finite)[], GPU_TEXT(check_finite)[];

/* The kernel takes this many gradients; those that are absent have no elements. */
enum { N_GRADIENTS = RN_MAX_OPERANDS - RN_CHECK_FINITE_GRADIENT };

/* The number of elements of gradient i; 0 if there is none. */
static int64_t gradient_count(const rn_kernel *kernel, int32_t i)
{
    int32_t input = RN_CHECK_FINITE_GRADIENT + i;
    return input < kernel->desc.n_inputs ? shape_count(kernel->desc.inputs[input]) : 0;
}

/* Blocks for the largest gradient, but at most 8 per multiprocessor: threads take several octets of
 * a large gradient, so that few blocks start with nothing to do for the small ones. */
static int64_t block_count(const rn_kernel *kernel)
{
    const int64_t enough = 8 * (int64_t)kernel->context->multiprocessors;
    int64_t most = 1;
    for (int32_t i = 0; i < N_GRADIENTS; i++)
        if (most < gradient_count(kernel, i))
            most = gradient_count(kernel, i);
    most = shape_divide_up(most, 8 * (int64_t)CUDNN_GROUP);
    return most < enough ? most : enough;
}

static rn_status prepare(rn_kernel *kernel)
{
    const gpu_code code = { { GPU_TEXT(finite), GPU_TEXT(check_finite) }, "" };
    const int64_t blocks = block_count(kernel);
    gpu_launch *launch;
    rn_status status = gpu_launch_add(kernel, &code, "check_finite", RN_MAX_OPERANDS, &launch);
    if (status)
        return status;
    for (int32_t i = 0; i < N_GRADIENTS; i++)
        gpu_arg_long(launch, gradient_count(kernel, i));
    gpu_arg_long(launch, blocks * CUDNN_GROUP);
    gpu_grid_groups(launch, blocks, kernel->desc.n_inputs - RN_CHECK_FINITE_GRADIENT, 1);
    return RN_OK;
}

static rn_status run(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace)
{
    (void)workspace;
    rn_status status = cudnn_ranks_join(kernel->context);
    return status ? status : gpu_launch_run(kernel->context, gpu_launch_at(kernel, 0), operands);
}

const gpu_operator cudnn_check_finite = { .prepare = prepare, .run = run };
