/* loader.c: the samples of an epoch, and batches of them for the step. */
#include "data/loader.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/status.h"
#include "data/loader_order.h"
#include "data/loader_parts.h"

#define MIN_BATCHES (RN_QUEUE_HELD + 1)
#define MAX_BATCHES 64

struct rn_loader {
    rn_loader_params params;
    int64_t *order;           /* of the epoch: indices of samples */
    rn_line *line;            /* NULL: several processes */
    rn_loader_shared *shared; /* NULL: one */
    double waited_s;
    int64_t index;     /* of the ring's batch returned last */
    int64_t n_singles; /* images of the last batch that were returned one by one */
};

int64_t rn_loader_n_batches(int64_t count, int64_t batch, bool drop_last)
{
    return count / batch + (!drop_last && count % batch ? 1 : 0);
}

/* ---- The queue ---- */

/* As many batches as the cfg's queue holds, of those that are left of `n` samples. */
static int64_t batches_of_queue(const rn_loader_params *p, int64_t n, int64_t batch)
{
    int64_t left = rn_loader_n_batches(n, batch, false);
    int64_t bytes = rn_source_image_bytes(p->source, p->bytes) * batch;
    int64_t fit = p->source->config->data.queue * (1 << 20) / (bytes > 0 ? bytes : 1);
    if (fit > MAX_BATCHES)
        fit = MAX_BATCHES;
    if (fit > left)
        fit = left;
    return fit > MIN_BATCHES ? fit : MIN_BATCHES;
}

uint64_t rn_loader_bytes(const rn_loader_params *params)
{
    int64_t n = params->source->dataset->count - params->first;
    int64_t stride = rn_loader_shared_stride(params);
    if (stride == 0)
        return 0;
    n = n * stride / params->batch;
    return (uint64_t)(batches_of_queue(params, n, stride) * stride *
                      rn_source_image_bytes(params->source, params->bytes));
}

/* A longer last batch needs room, while the caller holds others. */
static int64_t batches_of_line(const rn_loader_params *p, const rn_line_params *line)
{
    int64_t n = batches_of_queue(p, line->count - line->first, line->batch);
    int64_t least = (line->last + line->batch - 1) / line->batch + RN_QUEUE_HELD;
    return n > least ? n : least;
}

rn_status rn_loader_start_line(const rn_loader_params *p, rn_line_params *line, rn_line **out)
{
    const rn_size size = rn_pipeline_result(p->source->pipeline);
    bool lacks_room = false;
    line->source = p->source;
    line->bytes = p->bytes;
    line->memory = p->memory;
    line->n_batches = batches_of_line(p, line);
    line->seed = p->seed;
    line->epoch = p->epoch;
    line->workers = p->workers;
    rn_status status = rn_line_create(line, &lacks_room, out);
    if (!lacks_room)
        return status;
    return rn_fail(RN_E_NOMEM,
                   "not enough memory for %" PRId64 " batches of %" PRId64 " images of %" PRId64
                   "x%" PRId64 " pixels; lower %s",
                   line->n_batches, line->batch, size.height, size.width,
                   p->batch_key ? p->batch_key : "the batch");
}

/* ---- The loader ---- */

static rn_status check_params(const rn_loader_params *p)
{
    int64_t count = p->source->dataset->count;
    if (p->batch < 1 || p->epoch < 0)
        return rn_fail(RN_E_CONFIG,
                       "batch is %" PRId64 " and epoch %" PRId64 ", expected at least 1 and 0",
                       p->batch, p->epoch);
    if (p->first < 0 || p->first > count)
        return rn_fail(RN_E_CONFIG, "the first sample is %" PRId64 ", expected 0 to %" PRId64,
                       p->first, count);
    if (p->bytes && !rn_source_byte_values(p->source))
        return rn_fail(RN_E_CONFIG, "pictures of %s are not bytes where they are normalised",
                       p->source->dataset->folder);
    return RN_OK;
}

static rn_status make_order(rn_loader *loader)
{
    const rn_loader_params *p = &loader->params;
    const rn_order_params order = { .dataset = p->source->dataset,
                                    .is_stream = rn_source_is_stream(p->source),
                                    .shuffle = p->shuffle,
                                    .seed = p->seed,
                                    .epoch = p->epoch,
                                    .batch = p->batch,
                                    .n_parts = p->n_parts ? p->n_parts : p->share.n_processes };
    return rn_order_make(&order, &loader->order);
}

static rn_status start(rn_loader *loader)
{
    const rn_loader_params *p = &loader->params;
    int64_t count = p->source->dataset->count;
    rn_line_params line = { .samples = loader->order,
                            .first = p->first,
                            .count = count,
                            .batch = count < p->batch ? count : p->batch,
                            .first_batch = p->first_batch };
    if (p->share.n_processes > 1)
        return rn_loader_shared_create(p, loader->order, &loader->shared);
    return rn_loader_start_line(p, &line, &loader->line);
}

rn_status rn_loader_create(const rn_loader_params *params, rn_loader **out)
{
    *out = NULL;
    rn_status status = check_params(params);
    if (status)
        return status;
    rn_loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return rn_fail(RN_E_NOMEM, "not enough memory for the loader");
    loader->params = *params;
    loader->index = -1;
    status = make_order(loader);
    if (!status)
        status = start(loader);
    if (status)
        rn_loader_destroy(loader);
    else
        *out = loader;
    return status;
}

void rn_loader_set_pictures(const rn_loader_params *p, const rn_queue *queue, int64_t slot,
                            rn_batch *batch)
{
    const void *pictures = rn_queue_image(queue, slot);
    batch->is_pinned = queue->is_pinned;
    if (!p->bytes) {
        batch->images = pictures;
        return;
    }
    batch->bytes = pictures;
    batch->byte_values = rn_source_byte_values(p->source);
    batch->n_channels = p->source->config->network.channels;
}

/* The images [begin, begin + count) of batch `index` of the ring. */
static void fill_batch(const rn_loader *loader, int64_t index, int64_t begin, rn_batch *batch)
{
    const rn_queue *queue = rn_line_queue(loader->line);
    int64_t slot = rn_queue_slot(queue, index * queue->batch) + begin;
    rn_loader_set_pictures(&loader->params, queue, slot, batch);
    batch->labels = queue->labels + slot;
    batch->samples = queue->samples + slot;
    batch->targets = queue->targets ? queue->targets + slot * queue->n_classes : NULL;
}

/* The last batch, of `count` images, which is smaller: how many of them to give now. */
static int64_t give_last(rn_loader *loader, int64_t count)
{
    const rn_loader_params *p = &loader->params;
    int64_t planned = p->source->dataset->count % p->batch;
    if (p->pads)
        return count;
    if (p->drop_last)
        return 0;
    if (count == planned && loader->n_singles == 0)
        return count;
    return !p->trains && loader->n_singles < count ? 1 : 0;
}

static rn_status next_of_line(rn_loader *loader, rn_batch *batch)
{
    const rn_loader_params *p = &loader->params;
    rn_queue *queue = rn_line_queue(loader->line);
    int64_t index = loader->n_singles ? loader->index : loader->index + 1, count;
    bool may_stop = (p->first_batch + index) % (p->group ? p->group : 1) == 0;
    rn_status status = rn_queue_wait(queue, index, may_stop, &count);
    if (!status)
        status = rn_left_out_tell(rn_queue_take_left_out(queue), p->source->dataset, p->skipped,
                                  p->context);
    if (status || count == 0)
        return status;
    bool is_full = count == p->batch;
    fill_batch(loader, index, loader->n_singles, batch);
    batch->index = p->first_batch + index;
    batch->count = batch->n_here = is_full ? count : give_last(loader, count);
    batch->end = is_full ? queue->ends[index % queue->n_batches] : queue->count;
    loader->n_singles += !is_full && !p->pads && batch->count == 1;
    loader->index = index;
    return RN_OK;
}

rn_status rn_loader_next(rn_loader *loader, rn_batch *batch)
{
    double start_s = rn_queue_now_s();
    *batch = (rn_batch){ .count = 0 };
    rn_status status =
        loader->line ? next_of_line(loader, batch) : rn_loader_shared_next(loader->shared, batch);
    loader->waited_s += rn_queue_now_s() - start_s;
    return status;
}

double rn_loader_waited_s(const rn_loader *loader)
{
    return loader->waited_s;
}

rn_loader_times rn_loader_read_times(rn_loader *loader)
{
    rn_loader_times times = { 0 };
    if (loader->line)
        rn_line_add_times(loader->line, &times);
    else
        rn_loader_shared_add_times(loader->shared, &times);
    return times;
}

void rn_loader_destroy(rn_loader *loader)
{
    if (!loader)
        return;
    rn_line_destroy(loader->line);
    rn_loader_shared_destroy(loader->shared);
    free(loader->order);
    free(loader);
}
