/* input.c: images from nothing, from pictures, from a data set, or from a trace. */
#include "compare/input.h"

#include <string.h>

#include "base/status.h"

#define RANDOM "random"
#define DATASET "dataset"

static rn_status read_batch(rn_compare_input *input, int64_t batch)
{
    int64_t count = input->source->dataset->count;
    const rn_loader_params params = { .source = input->source,
                                      .batch = count < batch ? count : batch,
                                      .batch_key = "--batch",
                                      .workers = 1 };
    rn_status status = rn_loader_create(&params, &input->loader);
    if (!status)
        status = rn_loader_next(input->loader, &input->batch);
    if (!status && input->batch.count == 0)
        status = rn_fail(RN_E_DATA, "--input: no picture could be read");
    return status;
}

rn_status rn_compare_input_open(const rn_config *config, const char *input, int64_t batch,
                                rn_compare_input *out)
{
    bool is_random = strcmp(input, RANDOM) == 0, is_dataset = strcmp(input, DATASET) == 0;
    rn_status status = is_dataset ? RN_OK : rn_synthetic_make(config, batch, &out->made);
    if (status || is_random) {
        out->batch = out->made.batch;
        return status;
    }
    status = is_dataset ? rn_source_open(config, RN_SPLIT_VALIDATION, batch, &out->source)
                        : rn_source_open_pictures(config, &input, 1, batch, &out->source);
    if (!status)
        status = read_batch(out, batch);
    if (!is_dataset)
        out->batch.labels = out->made.labels;
    return status;
}

rn_status rn_compare_input_of_trace(const rn_config *config, rn_trace_reader *trace,
                                    rn_compare_input *out)
{
    const int64_t *shape = rn_trace_input_shape(trace);
    if (!shape)
        return rn_fail(RN_E_DATA, "--load-trace: the trace has no images; give those that it was "
                                  "made with by --input, --batch and --seed");
    if (shape[1] != config->network.channels || shape[2] != config->network.height ||
        shape[3] != config->network.width)
        return rn_fail(RN_E_DATA,
                       "--load-trace: its images are %lld x %lld x %lld, but the network takes "
                       "%lld x %lld x %lld; compare with the cfg that the trace was made of",
                       (long long)shape[1], (long long)shape[2], (long long)shape[3],
                       (long long)config->network.channels, (long long)config->network.height,
                       (long long)config->network.width);
    rn_status status = rn_synthetic_make(config, shape[0], &out->made);
    if (!status)
        status = rn_trace_read_input(trace, out->made.pixels, out->made.labels);
    out->batch = out->made.batch;
    return status;
}

void rn_compare_input_close(rn_compare_input *input)
{
    rn_loader_destroy(input->loader);
    rn_source_close(input->source);
    rn_synthetic_clear(&input->made);
    *input = (rn_compare_input){ 0 };
}
