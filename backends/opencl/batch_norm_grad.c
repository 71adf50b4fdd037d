/* batch_norm_grad.c: the gradient of batch normalisation: sums over parts of channels, which a
 * launch puts together, and the values; or all in one launch, where a channel is one part. */
#include "opencl/batch_norm_parts.h"

extern const char GPU_TEXT(batch_norm_grad)[];

/* batch_norm_grad.cl's flags. */
enum { MASKED = 1, WITH_DZ = 2 };

enum { PART_FLOATS = 2 };

static rn_status grad_query(const rn_kernel *kernel, rn_op_answer *answer)
{
    const rn_tensor_desc *x = kernel->desc.inputs[RN_BATCH_NORM_GRAD_X];
    if (x->rank != 4)
        return gpu_host->fail(RN_E_UNSUPPORTED,
                              "batch_norm_grad: x has rank %d, and it takes images (N,C,H,W)",
                              (int)x->rank);
    opencl_division division = opencl_division_of(kernel, x);
    if (division.parts > 1)
        answer->workspace_bytes = gpu_float_bytes(division.channels * division.parts * PART_FLOATS);
    return RN_OK;
}

/* A launch over the parts of the channels. */
static rn_status add_values(rn_kernel *kernel, const opencl_division *division,
                            const char *function, int32_t n_operands, gpu_launch **launch)
{
    const rn_tensor_desc *mask = kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK];
    const gpu_code code = opencl_division_code(division, GPU_TEXT(batch_norm_grad), mask);
    rn_status status = gpu_launch_add(kernel, &code, function, n_operands, launch);
    if (status)
        return status;
    opencl_division_launch_parts(division, *launch);
    gpu_arg_int(*launch,
                (mask ? MASKED : 0) | (kernel->desc.outputs[RN_BATCH_NORM_GRAD_DZ] ? WITH_DZ : 0));
    return RN_OK;
}

static rn_status add_sums(rn_kernel *kernel, const opencl_division *division)
{
    const gpu_code code = opencl_division_code(division, GPU_TEXT(batch_norm_grad),
                                               kernel->desc.inputs[RN_BATCH_NORM_GRAD_MASK]);
    gpu_launch *launch;
    rn_status status = add_values(kernel, division, "batch_norm_grad_sums", 5, &launch);
    if (!status)
        status = gpu_launch_add(kernel, &code, "batch_norm_grad_finish", 4, &launch);
    if (status)
        return status;
    gpu_arg_int(launch, division->parts);
    opencl_division_launch_channels(division, launch);
    return RN_OK;
}

static rn_status grad_prepare(rn_kernel *kernel)
{
    opencl_division division =
        opencl_division_of(kernel, kernel->desc.inputs[RN_BATCH_NORM_GRAD_X]);
    const char *function = division.parts == 1 ? "batch_norm_grad_whole" : "batch_norm_grad_apply";
    gpu_launch *launch;
    rn_status status = division.parts == 1 ? RN_OK : add_sums(kernel, &division);
    if (!status)
        status = add_values(kernel, &division, function, RN_BATCH_NORM_GRAD_N_OPERANDS, &launch);
    if (!status)
        gpu_arg_float(launch, (double)(division.images * division.size));
    return status;
}

static rn_status grad_run(rn_kernel *kernel, const rn_operand *o, rn_operand parts)
{
    const rn_operand sums[] = { o[RN_AT_BATCH_NORM_GRAD_X], o[RN_AT_BATCH_NORM_GRAD_DY],
                                o[RN_AT_BATCH_NORM_GRAD_MEAN], o[RN_AT_BATCH_NORM_GRAD_MASK],
                                parts };
    const rn_operand finish[] = { parts, o[RN_AT_BATCH_NORM_GRAD_INV_STD],
                                  o[RN_AT_BATCH_NORM_GRAD_DWEIGHT],
                                  o[RN_AT_BATCH_NORM_GRAD_DBIAS] };
    const rn_operand *const three[] = { sums, finish, o };
    const rn_operand *const *operands = kernel->n_launches > 1 ? three : &o;
    rn_status status = RN_OK;
    for (int32_t l = 0; !status && l < kernel->n_launches; l++)
        status = gpu_launch_run(kernel->context, gpu_launch_at(kernel, l), operands[l]);
    return status;
}

const gpu_operator opencl_batch_norm_grad = { .images = 1u << RN_AT_BATCH_NORM_GRAD_X |
                                                        1u << RN_AT_BATCH_NORM_GRAD_DY |
                                                        1u << RN_AT_BATCH_NORM_GRAD_DX |
                                                        1u << RN_AT_BATCH_NORM_GRAD_DZ,
                                              .query = grad_query,
                                              .prepare = grad_prepare,
                                              .run = grad_run };
