/* data_dump.c: collects samples from a loader and writes them as safetensors. */
#include "commands/data_dump.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/processors.h"
#include "base/status.h"
#include "data/loader.h"
#include "io/safetensors.h"
#include "train/classes.h"

typedef struct dump {
    const rn_source *source;
    int64_t count, n; /* wanted, and collected */
    int64_t image;    /* floats of an image */
    float *images;
    int32_t *labels;
    float *targets; /* (count, n_classes), where the transforms mix pictures; else NULL */
    int64_t n_classes;
    json_t *paths;
} dump;

static rn_status no_memory(const dump *d)
{
    return rn_fail(RN_E_NOMEM, "not enough memory for %" PRId64 " images; lower --count", d->count);
}

static rn_status dump_init(dump *d)
{
    const rn_config *config = d->source->config;
    int64_t size;
    d->image = config->network.channels * config->network.height * config->network.width;
    if (!__builtin_mul_overflow(d->image, d->count, &size))
        d->images = calloc((size_t)size + 1, sizeof *d->images);
    d->labels = calloc((size_t)d->count + 1, sizeof *d->labels);
    d->paths = json_array();
    d->n_classes = config->network.classes;
    bool mixes = rn_pipeline_mixes(d->source->pipeline);
    if (mixes && !__builtin_mul_overflow(d->n_classes, d->count, &size))
        d->targets = calloc((size_t)size + 1, sizeof *d->targets);
    bool is_ready = d->images && d->labels && d->paths && (d->targets || !mixes);
    return is_ready ? RN_OK : no_memory(d);
}

static rn_status add_batch(dump *d, const rn_batch *batch)
{
    for (int64_t i = 0; i < batch->count && d->n < d->count; i++, d->n++) {
        char name[4096];
        memcpy(d->images + d->n * d->image, batch->images + i * d->image,
               (size_t)d->image * sizeof *d->images);
        d->labels[d->n] = batch->labels[i];
        if (d->targets)
            memcpy(d->targets + d->n * d->n_classes, batch->targets + i * d->n_classes,
                   (size_t)d->n_classes * sizeof *d->targets);
        rn_dataset_describe(d->source->dataset, batch->samples[i], name, sizeof name);
        if (json_array_append_new(d->paths, rn_json_text(name)))
            return no_memory(d);
    }
    return RN_OK;
}

static rn_status collect(dump *d)
{
    const rn_config *config = d->source->config;
    const rn_loader_params params = { .source = d->source,
                                      .batch = config->train.batch,
                                      .seed = (uint64_t)config->run.seed,
                                      .workers = config->data.workers ? config->data.workers
                                                                      : rn_processors() };
    rn_loader *loader = NULL;
    rn_status status = rn_loader_create(&params, &loader);
    while (!status && d->n < d->count) {
        rn_batch batch;
        status = rn_loader_next(loader, &batch);
        if (!status && rn_interrupt_signal())
            status = rn_fail(RN_E_INTERRUPTED, "interrupted");
        if (status || batch.count == 0)
            break;
        status = add_batch(d, &batch);
    }
    rn_loader_destroy(loader);
    return status;
}

/* The bytes that the floats were made of: value = byte / 255. In place. */
static const uint8_t *to_bytes(dump *d)
{
    uint8_t *bytes = (uint8_t *)d->images;
    for (int64_t i = 0; i < d->n * d->image; i++)
        bytes[i] = (uint8_t)lrintf(d->images[i] * 255.0f);
    return bytes;
}

static bool holds_bytes(const rn_source *source)
{
    rn_sample sample = { 0 };
    bool is_stored = source->dataset->channels != 0 && source->dataset->count > 0 &&
                     rn_dataset_read(source->dataset, 0, &sample) == RN_OK;
    bool is_float = is_stored && sample.picture.type == RN_PICTURE_F32;
    rn_sample_clear(&sample);
    return !is_float;
}

static rn_status write(dump *d, const char *path)
{
    const rn_config *config = d->source->config;
    bool is_u8 = !rn_pipeline_normalises(d->source->pipeline) && holds_bytes(d->source);
    char *paths = json_dumps(d->paths, JSON_COMPACT), *classes = NULL;
    rn_status status = paths ? rn_classes_record(d->source->dataset, &classes) : no_memory(d);
    if (!status) {
        const rn_named_tensor tensors[] = {
            { "images",
              is_u8 ? RN_U8 : RN_F32,
              4,
              { d->n, config->network.channels, config->network.height, config->network.width },
              is_u8 ? (const void *)to_bytes(d) : d->images },
            { "labels", RN_I32, 1, { d->n }, d->labels },
            { "targets", RN_F32, 2, { d->n, d->n_classes }, d->targets },
        };
        const char *const metadata[] = { "paths", paths, "class_names", classes };
        status = rn_safetensors_write(path, tensors, d->targets ? 3 : 2, metadata, 4);
    }
    free(paths);
    free(classes);
    return status;
}

rn_status rn_data_dump(const rn_source *source, int64_t count, const char *path)
{
    dump d = { .source = source, .count = count };
    rn_status status = dump_init(&d);
    if (status)
        goto done;
    status = collect(&d);
    if (status)
        goto done;
    status = write(&d, path);
done:
    json_decref(d.paths);
    free(d.images);
    free(d.labels);
    free(d.targets);
    return status;
}
