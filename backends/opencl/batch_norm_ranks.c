/* batch_norm_ranks.c: sums over the ranks in the middle of a synchronised batch norm. They lie in
 * host memory while the core sums them, so the kernel waits for the device here. */
#include <stdlib.h>

#include "opencl/batch_norm_parts.h"

static int64_t channels_of(const rn_kernel *kernel)
{
    return kernel->desc.inputs[0]->shape[1];
}

/* What the ranks sum, then as many floats of the device. */
rn_status opencl_ranks_prepare(rn_kernel *kernel)
{
    if (!rank_sums_wanted(&kernel->desc))
        return RN_OK;
    kernel->state =
        malloc((size_t)rank_sums_count(&kernel->desc) * (sizeof(double) + sizeof(float)));
    return kernel->state ? RN_OK : gpu_host->fail(RN_E_NOMEM, "no memory for sums over the ranks");
}

void opencl_ranks_destroy(rn_kernel *kernel)
{
    free(kernel->state);
}

uint64_t opencl_ranks_bytes(const rn_op_desc *op)
{
    return rank_sums_wanted(op) ? 2 * gpu_float_bytes(op->inputs[0]->shape[1]) : 0;
}

opencl_ranks_pair opencl_ranks_in(const rn_kernel *kernel, rn_operand at)
{
    return (opencl_ranks_pair){ { at, gpu_part(at, gpu_float_bytes(channels_of(kernel))) } };
}

static rn_status download(const rn_kernel *kernel, const opencl_ranks_pair *from, float *numbers)
{
    int64_t channels = channels_of(kernel);
    rn_status status = RN_OK;
    for (int i = 0; i < 2 && !status; i++)
        status = opencl_download(kernel->context, numbers + i * channels, from->vector[i],
                                 (uint64_t)channels * sizeof(float));
    return status;
}

static rn_status upload(const rn_kernel *kernel, const opencl_ranks_pair *to, const float *numbers)
{
    int64_t channels = channels_of(kernel);
    rn_status status = RN_OK;
    for (int i = 0; i < 2 && !status; i++)
        status = opencl_upload(kernel->context, to->vector[i], numbers + i * channels,
                               (uint64_t)channels * sizeof(float));
    return status;
}

static rn_status sum(const rn_kernel *kernel, double *values)
{
    const rank_sums *ranks = &kernel->context->ranks;
    return ranks->sum(ranks->argument, values, rank_sums_count(&kernel->desc));
}

rn_status opencl_ranks_moments(const rn_kernel *kernel, const opencl_ranks_pair *moments)
{
    int64_t channels = channels_of(kernel);
    double *values = kernel->state, mean, variance;
    float *numbers = (float *)(values + 2 * channels);
    rn_status status = download(kernel, moments, numbers);
    if (status)
        return status;
    for (int64_t c = 0; c < channels; c++)
        rank_sums_put(values, channels, c, (double)numbers[c], (double)numbers[channels + c]);
    status = sum(kernel, values);
    if (status)
        return status;
    for (int64_t c = 0; c < channels; c++) {
        rank_sums_get(values, channels, c, kernel->context->ranks.n_ranks, &mean, &variance);
        numbers[c] = (float)mean;
        numbers[channels + c] = (float)variance;
    }
    return upload(kernel, moments, numbers);
}

rn_status opencl_ranks_sums(const rn_kernel *kernel, const opencl_ranks_pair *from,
                            const opencl_ranks_pair *to)
{
    int64_t count = rank_sums_count(&kernel->desc);
    double *values = kernel->state;
    float *numbers = (float *)(values + count);
    rn_status status = download(kernel, from, numbers);
    if (status)
        return status;
    for (int64_t i = 0; i < count; i++)
        values[i] = (double)numbers[i];
    status = sum(kernel, values);
    if (status)
        return status;
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)values[i];
    return upload(kernel, to, numbers);
}
