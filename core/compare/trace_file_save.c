/* trace_file_save.c: a trace under another name, with the same or less detail. */
#include <stdlib.h>

#include "base/status.h"
#include "compare/trace_file.h"

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for a tensor of the trace");
}

static rn_status copy_tensor(rn_trace_reader *from, int32_t i, rn_trace_writer *to)
{
    double noise[RN_N_COMPARE_MODES];
    rn_traced tensor = *rn_trace_at(from, i, noise);
    float *values = malloc((size_t)tensor.count * sizeof *values);
    if (!values)
        return no_memory();
    tensor.values = values;
    rn_status status = rn_trace_read(from, i, values);
    if (!status)
        status = rn_trace_write(to, &tensor);
    if (!status)
        status = rn_trace_set_noise(to, tensor.kind, tensor.name, noise);
    free(values);
    return status;
}

static rn_status copy_input(rn_trace_reader *from, rn_trace_writer *to)
{
    const int64_t *shape = rn_trace_input_shape(from);
    if (!shape)
        return RN_OK;
    float *images = malloc((size_t)(shape[0] * shape[1] * shape[2] * shape[3]) * sizeof *images);
    int32_t *labels = malloc((size_t)shape[0] * sizeof *labels);
    rn_status status = images && labels ? RN_OK : no_memory();
    if (!status)
        status = rn_trace_read_input(from, images, labels);
    if (!status)
        status = rn_trace_write_input(to, images, shape, labels);
    free(images);
    free(labels);
    return status;
}

rn_status rn_trace_save(rn_trace_reader *from, const char *path, rn_trace_detail detail)
{
    rn_trace_header header = *rn_trace_header_of(from);
    rn_trace_writer *to = NULL;
    header.detail = detail;
    rn_status status = rn_trace_create(path, &header, &to);
    if (status)
        return status;
    status = copy_input(from, to);
    for (int32_t i = 0; i < rn_trace_count(from) && !status; i++)
        status = copy_tensor(from, i, to);
    if (!status)
        return rn_trace_finish(to);
    rn_trace_writer_destroy(to);
    return status;
}
