/* loader_worker.c: from a sample's file or pixels to the network's input. */
#define _GNU_SOURCE /* asprintf */
#include "data/loader_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/loader_queue.h"

struct rn_maker {
    const rn_source *source;
    uint64_t seed;
    rn_decoder *decoder; /* NULL: the samples are pixels */
    rn_sample sample;
    rn_picture_header header; /* of the file decoded last */
    rn_picture picture, spare;
    /* Written by one thread and read by others. */
    _Atomic int64_t read_ns, decode_ns, transform_ns, n_samples, n_bytes;
};

rn_status rn_maker_create(const rn_source *source, uint64_t seed, rn_maker **out)
{
    rn_status status = RN_OK;
    *out = NULL;
    rn_maker *maker = calloc(1, sizeof *maker);
    if (!maker)
        return rn_fail(RN_E_NOMEM, "not enough memory to prepare images");
    maker->source = source;
    maker->seed = seed;
    if (!source->dataset->channels)
        status = rn_decoder_create(&source->decode, &maker->decoder);
    if (status)
        rn_maker_destroy(maker);
    else
        *out = maker;
    return status;
}

void rn_maker_destroy(rn_maker *maker)
{
    if (!maker)
        return;
    rn_decoder_destroy(maker->decoder);
    rn_sample_clear(&maker->sample);
    rn_picture_clear(&maker->picture);
    rn_picture_clear(&maker->spare);
    free(maker);
}

/* Adds the time since *start_s, and sets it to now. */
static void add_time(_Atomic int64_t *to, double *start_s)
{
    double now_s = rn_queue_now_s();
    *to += (int64_t)((now_s - *start_s) * 1e9);
    *start_s = now_s;
}

static void count_sample(rn_maker *maker, double start_s)
{
    add_time(&maker->read_ns, &start_s);
    maker->n_samples++;
    maker->n_bytes += (int64_t)maker->sample.file_size;
}

static rn_status read_cached(rn_maker *maker, int64_t index)
{
    const rn_source *source = maker->source;
    rn_picture_clear(&maker->sample.picture);
    maker->sample.file = NULL;
    maker->sample.label = rn_dataset_label(source->dataset, index);
    return rn_cache_read(&source->cache, index, &maker->sample.picture);
}

rn_status rn_maker_read(rn_maker *maker, int64_t index)
{
    double start_s = rn_queue_now_s();
    rn_status status = maker->source->cache.key
                           ? read_cached(maker, index)
                           : rn_dataset_read(maker->source->dataset, index, &maker->sample);
    count_sample(maker, start_s);
    return status;
}

rn_status rn_maker_read_stream(rn_maker *maker, rn_stream *stream)
{
    double start_s = rn_queue_now_s();
    rn_status status = maker->source->dataset->kind->next(stream, &maker->sample);
    count_sample(maker, start_s);
    return status;
}

int32_t rn_maker_label(const rn_maker *maker)
{
    return rn_dataset_relabel(maker->source->dataset, maker->sample.label);
}

/* Borrows stored bytes, which the transforms leave as they are. */
static void borrow_bytes(rn_maker *maker)
{
    if (maker->spare.bytes_capacity == 0)
        rn_picture_swap(&maker->picture, &maker->spare);
    rn_picture_clear(&maker->picture);
    maker->picture = maker->sample.picture;
    maker->picture.bytes_capacity = 0;
    maker->picture.values = NULL;
    maker->picture.values_capacity = 0;
}

/* Copies stored floats, which the transforms may change. */
static rn_status copy_floats(rn_maker *maker)
{
    const rn_picture *from = &maker->sample.picture;
    rn_status status = rn_picture_make(&maker->picture, from->type, from->channels, from->full);
    if (!status)
        memcpy(maker->picture.values, from->values, rn_picture_count(from) * sizeof(float));
    return status;
}

static rn_status take_pixels(rn_maker *maker)
{
    if (maker->sample.picture.type == RN_PICTURE_F32)
        return copy_floats(maker);
    borrow_bytes(maker);
    return RN_OK;
}

enum extent { WHOLE, FOR_FIXED, FOR_ALL };

/* Decodes all, or what the fixed transforms or all transforms look at. */
static rn_status decode(rn_maker *maker, enum extent extent, const rn_draw *draw)
{
    const rn_pipeline *pipeline = maker->source->pipeline;
    int32_t shrink = 1;
    if (!maker->sample.file)
        return take_pixels(maker);
    rn_status status = rn_decode_header(maker->decoder, maker->sample.file, maker->sample.file_size,
                                        &maker->header);
    if (status)
        return status;
    rn_window wanted = rn_window_all(maker->header.size);
    if (extent == FOR_FIXED)
        wanted = rn_pipeline_fixed_needs(pipeline, maker->header.size, &shrink);
    else if (extent == FOR_ALL)
        wanted = rn_pipeline_needs(pipeline, draw, maker->header.size, &shrink);
    return rn_decode_pixels(maker->decoder, wanted, shrink, &maker->picture);
}

static rn_draw draw_of(const rn_maker *maker, int64_t index, int64_t epoch)
{
    return (rn_draw){ .seed = maker->seed, .epoch = epoch, .sample = index };
}

/* One of the two is NULL. */
static rn_status make(rn_maker *maker, int64_t index, int64_t epoch, float *values, uint8_t *bytes)
{
    const rn_pipeline *pipeline = maker->source->pipeline;
    rn_picture *picture = &maker->picture, *spare = &maker->spare;
    const rn_draw draw = draw_of(maker, index, epoch);
    double start_s = rn_queue_now_s();
    rn_status status = decode(maker, FOR_ALL, &draw);
    add_time(&maker->decode_ns, &start_s);
    if (status)
        return status;
    status = bytes ? rn_pipeline_run_bytes(pipeline, &draw, picture, spare, bytes)
                   : rn_pipeline_run(pipeline, &draw, picture, spare, values);
    add_time(&maker->transform_ns, &start_s);
    return status;
}

rn_status rn_maker_make(rn_maker *maker, int64_t index, int64_t epoch, float *to)
{
    return make(maker, index, epoch, to, NULL);
}

rn_status rn_maker_make_bytes(rn_maker *maker, int64_t index, int64_t epoch, uint8_t *to)
{
    return make(maker, index, epoch, NULL, to);
}

rn_status rn_maker_show(rn_maker *maker, int64_t index, int64_t epoch, const rn_picture **out)
{
    const rn_draw draw = draw_of(maker, index, epoch);
    *out = &maker->picture;
    rn_status status = decode(maker, FOR_ALL, &draw);
    return status
               ? status
               : rn_pipeline_show(maker->source->pipeline, &draw, &maker->picture, &maker->spare);
}

rn_status rn_maker_make_fixed(rn_maker *maker, const rn_picture **out)
{
    *out = &maker->picture;
    if (!maker->sample.file && maker->sample.picture.type == RN_PICTURE_F32)
        return rn_fail(RN_E_CONFIG,
                       "data.cache keeps pictures of bytes, but those of %s are floats; set "
                       "data.cache = \"none\"",
                       maker->source->dataset->folder);
    rn_status status = decode(maker, FOR_FIXED, NULL);
    return status ? status
                  : rn_pipeline_run_fixed(maker->source->pipeline, &maker->picture, &maker->spare);
}

rn_status rn_maker_decode(rn_maker *maker, const rn_picture **out, int32_t *format)
{
    *out = &maker->picture;
    rn_status status = decode(maker, WHOLE, NULL);
    *format = maker->sample.file ? (int32_t)maker->header.format : 0;
    return status;
}

rn_status rn_maker_look(rn_maker *maker, int64_t index, const rn_picture **out)
{
    int32_t format;
    rn_status status = rn_dataset_read(maker->source->dataset, index, &maker->sample);
    return status ? status : rn_maker_decode(maker, out, &format);
}

char *rn_maker_say_why(const rn_maker *maker, int64_t index)
{
    char name[4096], *text = NULL;
    rn_dataset_describe(maker->source->dataset, index, name, sizeof name);
    const char *why = rn_fail_text();
    size_t length = strlen(name);
    bool is_named = strncmp(why, name, length) == 0;
    int n = is_named ? asprintf(&text, "%s", why) : asprintf(&text, "%s: %s", name, why);
    return n < 0 ? NULL : text;
}

void rn_maker_add_times(const rn_maker *maker, rn_loader_times *times)
{
    times->read_s += 1e-9 * (double)maker->read_ns;
    times->decode_s += 1e-9 * (double)maker->decode_ns;
    times->transform_s += 1e-9 * (double)maker->transform_ns;
    times->n_samples += maker->n_samples;
    times->n_bytes += maker->n_bytes;
}
