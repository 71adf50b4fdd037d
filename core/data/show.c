/* show.c: reads and transforms chosen samples. */
#include "data/show.h"

#include <stdlib.h>

#include "base/status.h"
#include "data/loader_worker.h"

typedef struct reader {
    rn_maker *maker;
    rn_stream *stream; /* NULL: samples are read by their index */
    int64_t *order;    /* of the stream */
    int64_t next;      /* of the stream */
} reader;

/* A stream gives all of its samples, in this order. */
static rn_status open_stream(reader *r, const rn_dataset *dataset)
{
    r->order = calloc((size_t)dataset->count, sizeof *r->order);
    if (!r->order)
        return rn_fail(RN_E_NOMEM, "no memory for the order of the samples");
    for (int64_t i = 0; i < dataset->count; i++)
        r->order[i] = i;
    return dataset->kind->start(dataset, r->order, dataset->count, 0, &r->stream);
}

static rn_status read_sample(reader *r, int64_t index)
{
    rn_status status = RN_OK;
    if (!r->stream)
        return rn_maker_read(r->maker, index);
    while (r->next <= index && (!status || status == RN_E_DATA)) {
        status = rn_maker_read_stream(r->maker, r->stream);
        r->next++;
    }
    return status;
}

rn_status rn_show(const rn_source *source, const int64_t *wanted, int64_t n, rn_show_sample *show,
                  void *context)
{
    reader r = { .maker = NULL };
    rn_status status = rn_maker_create(source, (uint64_t)source->config->run.seed, &r.maker);
    if (!status && rn_source_is_stream(source))
        status = open_stream(&r, source->dataset);
    for (int64_t i = 0; i < n && !status; i++) {
        const rn_picture *picture = NULL;
        status = read_sample(&r, wanted[i]);
        if (!status)
            status = rn_maker_show(r.maker, wanted[i], 0, &picture);
        if (!status)
            status = show(context, i, picture);
        else if (status == RN_E_DATA)
            status = RN_OK;
    }
    if (r.stream)
        source->dataset->kind->stop(r.stream);
    free(r.order);
    rn_maker_destroy(r.maker);
    return status;
}
