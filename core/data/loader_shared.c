/* loader_shared.c: batches of which this process makes a share.
 *
 * Each process deals the same order in the same way (loader_deal.h), and makes its samples on a
 * line of its own. So they need not speak with each other, but where samples are skipped: then all
 * hear of those that one has left out, before the batch is given, and deal what remains anew. That
 * starts the line again, which is dear, and rare. */
#include <stdlib.h>

#include "base/status.h"
#include "data/loader_deal.h"
#include "data/loader_parts.h"

/* A line, and what it makes. */
typedef struct run {
    rn_line *line; /* NULL: this process has no sample */
    int64_t *samples;
    bool has_given; /* a batch */
} run;

struct rn_loader_shared {
    const rn_loader_params *params;
    const int64_t *order; /* of the epoch */
    bool *is_out;         /* by sample; NULL: none is left out */
    int64_t *places;      /* of the order, that are dealt */
    rn_deal deal;
    run run, before;     /* `before`: of the batch that the caller still holds */
    int64_t at;          /* where the next batch begins, among `places` */
    int64_t end;         /* and in the epoch's order, where the last one ended */
    int64_t n_taken;     /* samples of the run that were given, or mixed with */
    int64_t n_batches;   /* of the run that were given */
    int64_t first_batch; /* the number in the epoch of its first */
    int32_t *labels;     /* of the batches that the caller may hold: 2 * batch */
    int64_t *samples;
    int64_t turn; /* of the two */
    void *blank;  /* a share without pictures; NULL: batches have no room behind them */
};

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "not enough memory for the loader");
}

static rn_deal deal_of(const rn_loader_params *p, int64_t count)
{
    return (rn_deal){ .share = p->share,
                      .count = count,
                      .batch = p->batch,
                      .last = p->source->dataset->count % p->batch,
                      .drop_last = p->drop_last,
                      .trains = p->trains,
                      .pads = p->pads,
                      .mixes = rn_pipeline_mixes(p->source->pipeline) };
}

int64_t rn_loader_shared_stride(const rn_loader_params *p)
{
    const rn_deal deal = deal_of(p, p->batch);
    return rn_deal_stride(&deal);
}

/* ---- The line ---- */

static void destroy_run(run *r)
{
    rn_line_destroy(r->line);
    free(r->samples);
    *r = (run){ 0 };
}

/* Starts to make this process's samples of what is dealt. */
static rn_status start_run(rn_loader_shared *s)
{
    int64_t n = rn_deal_own(&s->deal), stride = rn_deal_stride(&s->deal);
    if (n == 0)
        return RN_OK;
    s->run.samples = malloc((size_t)n * sizeof *s->run.samples);
    if (!s->run.samples)
        return no_memory();
    rn_deal_list(&s->deal, s->run.samples);
    for (int64_t i = 0; i < n; i++)
        s->run.samples[i] = s->order[s->places[s->run.samples[i]]];
    rn_line_params line = { .samples = s->run.samples,
                            .count = n,
                            .batch = stride ? stride : n,
                            .last = stride ? n - rn_deal_whole(&s->deal) * stride : 0,
                            .first_batch = s->first_batch };
    return rn_loader_start_line(s->params, &line, &s->run.line);
}

/* Deals what is left of the epoch. */
static rn_status deal(rn_loader_shared *s)
{
    int64_t n = 0;
    for (int64_t k = s->end; k < s->params->source->dataset->count; k++)
        if (!s->is_out || !s->is_out[s->order[k]])
            s->places[n++] = k;
    s->deal = deal_of(s->params, n);
    s->at = s->n_taken = s->n_batches = 0;
    return start_run(s);
}

/* The caller may still hold what the run gave last. */
static rn_status deal_anew(rn_loader_shared *s)
{
    s->first_batch += s->n_batches;
    if (s->run.has_given) {
        destroy_run(&s->before);
        s->before = s->run;
        s->run = (run){ 0 };
    } else {
        destroy_run(&s->run);
    }
    return deal(s);
}

/* ---- Samples that are skipped ---- */

static rn_status note_left_out(rn_loader_shared *s, const rn_left_out *list)
{
    if (!s->is_out)
        s->is_out = calloc((size_t)s->params->source->dataset->count, sizeof *s->is_out);
    if (!s->is_out)
        return no_memory();
    for (; list; list = list->next)
        s->is_out[list->sample] = true;
    return RN_OK;
}

/* Hears of the samples that any process has left out. If there are any, all deal anew. */
static rn_status agree(rn_loader_shared *s, bool *is_anew)
{
    const rn_loader_params *p = s->params;
    *is_anew = false;
    if (p->source->config->data.on_error != RN_ON_ERROR_SKIP)
        return RN_OK;
    rn_left_out *list = s->run.line ? rn_queue_take_left_out(rn_line_queue(s->run.line)) : NULL;
    rn_status status = p->agree(p->agree_context, &list);
    if (!status && list)
        status = note_left_out(s, list);
    *is_anew = list != NULL;
    rn_status told =
        rn_left_out_tell(list, p->source->dataset, status ? NULL : p->skipped, p->context);
    if (status || told)
        return status ? status : told;
    return *is_anew ? deal_anew(s) : RN_OK;
}

/* ---- Batches ---- */

/* Waits for this process's rows of the next batch. */
static rn_status wait(rn_loader_shared *s)
{
    int64_t whole = rn_deal_whole(&s->deal), count;
    int64_t index = s->n_batches < whole ? s->n_batches : whole;
    if (rn_deal_stride(&s->deal) == 0)
        index = 0;
    return rn_queue_wait(rn_line_queue(s->run.line), index, false, &count);
}

/* Labels and samples are known without reading them, so a process has those of all rows. */
static void fill_labels(rn_loader_shared *s, rn_batch *batch)
{
    const rn_dataset *dataset = s->params->source->dataset;
    int64_t from = s->turn * s->params->batch;
    for (int64_t i = 0; i < batch->count; i++) {
        int64_t sample = s->order[s->places[s->at + i]];
        s->samples[from + i] = sample;
        s->labels[from + i] = rn_dataset_relabel(dataset, rn_dataset_label(dataset, sample));
    }
    batch->samples = s->samples + from;
    batch->labels = s->labels + from;
    s->turn = !s->turn;
}

static void fill_images(rn_loader_shared *s, rn_batch *batch)
{
    const rn_rows rows = { batch->first, batch->n_here };
    const rn_queue *queue = rn_line_queue(s->run.line);
    int64_t skipped = rn_deal_has_partner(&s->deal, batch->count, rows);
    int64_t slot = rn_queue_slot(queue, s->n_taken) + skipped;
    rn_loader_set_pictures(s->params, queue, slot, batch);
    batch->targets = queue->targets ? queue->targets + slot * queue->n_classes : NULL;
    s->n_taken += skipped + rows.count;
    s->run.has_given = true;
}

/* A share without pictures, of which nothing is looked at. */
static void fill_blank(const rn_loader_shared *s, rn_batch *batch)
{
    const rn_queue blank = { .images = s->blank };
    rn_loader_set_pictures(s->params, &blank, 0, batch);
}

static void give(rn_loader_shared *s, int64_t size, rn_rows rows, rn_batch *batch)
{
    batch->index = s->first_batch + s->n_batches;
    batch->count = size;
    batch->first = rows.first;
    batch->n_here = rows.count;
    fill_labels(s, batch);
    if (rows.count)
        fill_images(s, batch);
    else
        fill_blank(s, batch);
    s->at += size;
    s->n_batches++;
    s->end = s->places[s->at - 1] + 1;
    batch->end = s->at == s->deal.count ? s->params->source->dataset->count : s->end;
}

rn_status rn_loader_shared_next(rn_loader_shared *s, rn_batch *batch)
{
    bool is_anew = true;
    if (!s->run.has_given || s->n_batches > 1)
        destroy_run(&s->before);
    while (is_anew) {
        int64_t size = rn_deal_batch(&s->deal, s->at);
        if (size == 0)
            return RN_OK;
        const rn_rows rows = rn_deal_rows(&s->deal, s->at, size);
        rn_status status = rows.count ? wait(s) : RN_OK;
        if (!status)
            status = agree(s, &is_anew);
        if (status)
            return status;
        if (!is_anew)
            give(s, size, rows, batch);
    }
    return RN_OK;
}

/* ---- Creating ---- */

rn_status rn_loader_shared_create(const rn_loader_params *params, const int64_t *order,
                                  rn_loader_shared **out)
{
    rn_loader_shared *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return no_memory();
    size_t held = RN_QUEUE_HELD * (size_t)params->batch;
    s->params = params;
    s->order = order;
    s->end = params->first;
    s->first_batch = params->first_batch;
    s->places = malloc((size_t)params->source->dataset->count * sizeof *s->places);
    s->labels = calloc(held, sizeof *s->labels);
    s->samples = calloc(held, sizeof *s->samples);
    if (params->pads)
        s->blank = calloc((size_t)(rn_loader_shared_stride(params) + 1),
                          (size_t)rn_source_image_bytes(params->source, params->bytes));
    bool lacks_memory = !s->places || !s->labels || !s->samples || (params->pads && !s->blank);
    return lacks_memory ? no_memory() : deal(s);
}

void rn_loader_shared_add_times(rn_loader_shared *s, rn_loader_times *times)
{
    if (s->run.line)
        rn_line_add_times(s->run.line, times);
}

void rn_loader_shared_destroy(rn_loader_shared *s)
{
    if (!s)
        return;
    destroy_run(&s->run);
    destroy_run(&s->before);
    free(s->is_out);
    free(s->places);
    free(s->labels);
    free(s->samples);
    free(s->blank);
    free(s);
}
