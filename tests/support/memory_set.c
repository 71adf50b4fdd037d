/* memory_set.c: a kind of data set whose samples are in memory. */
#include "support/memory_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"
#include "support/check.h"

static rn_status read_sample(const rn_dataset *dataset, int64_t index, rn_sample *sample)
{
    const memory_set *set = dataset->state;
    const rn_size size = { dataset->height, dataset->width };
    if (set->is_slow)
        usleep((useconds_t)(index * 37 % 5) * 100);
    sample->label = set->labels[index];
    if (set->broken && set->broken[index])
        return rn_fail(RN_E_DATA, "it is broken");
    sample->picture =
        (rn_picture){ .type = RN_PICTURE_U8,
                      .channels = dataset->channels,
                      .full = size,
                      .window = rn_window_all(size),
                      .shrunk = 1,
                      .bytes = set->pixels + index * size.height * size.width * dataset->channels };
    return RN_OK;
}

static void describe(const rn_dataset *dataset, int64_t index, char *text, size_t size)
{
    (void)dataset;
    snprintf(text, size, "image %d", (int)index);
}

static int32_t label(const rn_dataset *dataset, int64_t index)
{
    return ((const memory_set *)dataset->state)->labels[index];
}

struct rn_stream {
    const rn_dataset *dataset;
    const int64_t *order;
    int64_t next;
};

static void stream_order(const rn_dataset *dataset, uint64_t seed, int64_t epoch, int64_t part,
                         int64_t *order)
{
    (void)part;
    (void)seed;
    (void)epoch;
    for (int64_t i = 0; i < dataset->count; i++)
        order[i] = dataset->count - 1 - i;
}

static rn_status stream_start(const rn_dataset *dataset, const int64_t *order, int64_t n,
                              int64_t first, rn_stream **out)
{
    (void)n;
    *out = malloc(sizeof **out);
    **out = (rn_stream){ dataset, order, first };
    return RN_OK;
}

static rn_status stream_next(rn_stream *stream, rn_sample *sample)
{
    return read_sample(stream->dataset, stream->order[stream->next++], sample);
}

static void stream_stop(rn_stream *stream)
{
    free(stream);
}

static const rn_dataset_kind kind = {
    .name = "memory", .read = read_sample, .describe = describe, .label = label
};
static const rn_dataset_kind stream_kind = { .name = "stream",
                                             .describe = describe,
                                             .label = label,
                                             .order = stream_order,
                                             .start = stream_start,
                                             .next = stream_next,
                                             .stop = stream_stop };

static void set_config(rn_config *config, int64_t channels, int64_t side)
{
    config->network.channels = channels;
    config->network.height = config->network.width = side;
    config->network.classes = 256;
    config->data.std[0] = 1;
    config->data.n_mean = config->data.n_std = 1;
    config->data.queue = 1;
    config->data.on_error = RN_ON_ERROR_STOP;
}

memory_set *memory_set_make(int64_t count, int64_t channels, int64_t side, int64_t to_side)
{
    memory_set *set = calloc(1, sizeof *set);
    CU_ASSERT_PTR_NOT_NULL_FATAL(set);
    set->pixels = calloc((size_t)(count * channels * side * side), 1);
    set->labels = calloc((size_t)count, sizeof *set->labels);
    CU_ASSERT_FATAL(set->pixels && set->labels);
    for (int64_t i = 0; i < count; i++)
        set->labels[i] = (int32_t)i;
    set_config(&set->config, channels, to_side);
    set->dataset = (rn_dataset){ .kind = &kind,
                                 .count = count,
                                 .channels = channels,
                                 .height = side,
                                 .width = side,
                                 .n_classes = 256,
                                 .state = set };
    set->source = (rn_source){ .config = &set->config, .dataset = &set->dataset };
    CU_ASSERT_EQUAL_FATAL(rn_pipeline_create(&set->config, RN_SPLIT_TRAIN, channels,
                                             (rn_size){ side, side }, &set->source.pipeline),
                          RN_OK);
    return set;
}

void memory_set_stream(memory_set *set)
{
    set->is_stream = true;
    set->dataset.kind = &stream_kind;
}

void memory_set_free(memory_set *set)
{
    rn_pipeline_destroy(set->source.pipeline);
    free(set->pixels);
    free(set->labels);
    free(set);
}
