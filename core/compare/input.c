/* input.c: images from nothing, from pictures, from a data set, or from a trace. */
#include "compare/input.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"

#define RANDOM "random"
#define DATASET "dataset"

/* Tells of a picture that is left out. */
static rn_status report_skipped(void *context, const char *name, const char *reason)
{
    (void)context;
    rn_log(RN_LOG_WARNING, "--input: left out: %s: %s", name, reason);
    return RN_OK;
}

static rn_status read_batch(rn_compare_input *input, int64_t batch)
{
    int64_t count = input->source->dataset->count;
    const rn_loader_params params = { .source = input->source,
                                      .batch = count < batch ? count : batch,
                                      .batch_key = "--batch",
                                      .workers = 1,
                                      .skipped = report_skipped };
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

/* Whether the network has a class for each label, which anybody may have written. */
static rn_status check_labels(const rn_config *config, const int32_t *labels, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (labels[i] < 0 || labels[i] >= config->network.classes)
            return rn_fail(RN_E_DATA,
                           "--load-trace: the label of image %" PRId64 " is %" PRId32
                           ", expected one from 0 to %" PRId64
                           "; network.classes must be that of the trace",
                           i, labels[i], (int64_t)config->network.classes - 1);
    return RN_OK;
}

rn_status rn_compare_input_of_trace(const rn_config *config, rn_trace_reader *trace,
                                    rn_compare_input *out)
{
    const int64_t *shape = rn_trace_input_shape(trace);
    rn_status status = rn_synthetic_make(config, shape[0], &out->made);
    if (!status)
        status = rn_trace_read_input(trace, out->made.pixels, out->made.labels);
    if (!status)
        status = check_labels(config, out->made.labels, shape[0]);
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
