/* gang.c: loaders that share batches, on threads instead of processes. */
#include "data/gang.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

#define MOST 8

typedef struct gang {
    const rn_loader_params *params;
    int32_t n;
    int64_t n_ranks;
    epoch_rows *rows;
    pthread_barrier_t barrier;
    rn_left_out *lists[MOST];
    rn_batch batches[MOST];
} gang;

typedef struct member {
    gang *gang;
    int32_t process;
    pthread_t thread;
} member;

static rn_left_out *copy(const rn_left_out *entry, rn_left_out *next)
{
    rn_left_out *made = malloc(sizeof *made);
    *made = (rn_left_out){ next, entry->sample, strdup(entry->reason) };
    return made;
}

/* All entries, the first process's first. */
static rn_left_out *gather(const gang *g)
{
    rn_left_out *all = NULL, **last = &all;
    for (int32_t i = 0; i < g->n; i++)
        for (rn_left_out *entry = g->lists[i]; entry; entry = entry->next) {
            *last = copy(entry, NULL);
            last = &(*last)->next;
        }
    return all;
}

static rn_status agree(void *context, rn_left_out **list)
{
    member *m = context;
    m->gang->lists[m->process] = *list;
    pthread_barrier_wait(&m->gang->barrier);
    *list = gather(m->gang);
    pthread_barrier_wait(&m->gang->barrier);
    rn_left_out_tell(m->gang->lists[m->process], NULL, NULL, NULL);
    return RN_OK;
}

static rn_status hear(void *context, const char *name, const char *reason)
{
    char *heard = context;
    (void)reason;
    strcat(strcat(heard, name), "\n");
    return RN_OK;
}

static bool same_batch(const rn_batch *a, const rn_batch *b)
{
    size_t n = (size_t)a->count;
    return a->count == b->count && a->end == b->end && a->index == b->index &&
           (!n || (memcmp(a->samples, b->samples, n * sizeof *a->samples) == 0 &&
                   memcmp(a->labels, b->labels, n * sizeof *a->labels) == 0));
}

/* Rows of a batch that this process has. */
static void take_rows(epoch_rows *r, int32_t process, const rn_batch *batch)
{
    for (int64_t i = 0; i < batch->n_here; i++) {
        int64_t row = r->count + batch->first + i;
        memcpy(r->images + row * r->image, batch->images + i * r->image,
               (size_t)r->image * sizeof(float));
        if (batch->targets)
            memcpy(r->targets + row * r->n_classes, batch->targets + i * r->n_classes,
                   (size_t)r->n_classes * sizeof(float));
        CU_ASSERT_EQUAL(r->makers[row], -1);
        r->makers[row] = process;
    }
}

static void take_labels(epoch_rows *r, const rn_batch *batch)
{
    memcpy(r->samples + r->count, batch->samples, (size_t)batch->count * sizeof(int64_t));
    memcpy(r->labels + r->count, batch->labels, (size_t)batch->count * sizeof(int32_t));
    for (int64_t i = 0; i < batch->count; i++) {
        r->n_made += r->makers[r->count + i] >= 0;
        r->ends[r->count + i] = batch->end;
    }
    r->count += batch->count;
    r->n_batches++;
}

/* Each writes its own rows; process 0 what all have. The batch before stays as it was. */
static void take(member *m, rn_batch *batch)
{
    gang *g = m->gang;
    g->batches[m->process] = *batch;
    pthread_barrier_wait(&g->barrier);
    CU_ASSERT(same_batch(batch, &g->batches[0]));
    take_rows(g->rows, m->process, batch);
    pthread_barrier_wait(&g->barrier);
    if (m->process == 0 && batch->count)
        take_labels(g->rows, batch);
    pthread_barrier_wait(&g->barrier);
}

static void *run(void *argument)
{
    member *m = argument;
    gang *g = m->gang;
    rn_loader_params params = *g->params;
    rn_loader *loader = NULL;
    rn_batch batch;
    char heard[4096] = "";
    params.share = (rn_share){ m->process, g->n, g->n_ranks };
    params.skipped = hear;
    params.context = m->process ? heard : g->rows->heard;
    params.agree = agree;
    params.agree_context = m;
    if (g->params->share.n_processes == 0 && g->n == 1)
        params.share = (rn_share){ 0 };
    CU_ASSERT_EQUAL_FATAL(rn_loader_create(&params, &loader), RN_OK);
    do {
        CU_ASSERT_EQUAL_FATAL(rn_loader_next(loader, &batch), RN_OK);
        take(m, &batch);
    } while (batch.count);
    rn_loader_destroy(loader);
    CU_ASSERT(m->process == 0 || strcmp(heard, g->rows->heard) == 0);
    return NULL;
}

static epoch_rows *make_rows(const rn_loader_params *params)
{
    const rn_source *source = params->source;
    int64_t n = source->dataset->count;
    epoch_rows *r = calloc(1, sizeof *r);
    r->image = rn_source_image(source);
    r->n_classes = source->config->network.classes;
    r->images = calloc((size_t)(n * r->image), sizeof(float));
    r->samples = calloc((size_t)n, sizeof(int64_t));
    r->labels = calloc((size_t)n, sizeof(int32_t));
    r->ends = calloc((size_t)n, sizeof(int64_t));
    r->makers = calloc((size_t)n, sizeof(int32_t));
    for (int64_t i = 0; i < n; i++)
        r->makers[i] = -1;
    if (rn_pipeline_mixes(source->pipeline))
        r->targets = calloc((size_t)(n * r->n_classes), sizeof(float));
    return r;
}

epoch_rows *gang_run(const rn_loader_params *params, int32_t n, int64_t n_ranks)
{
    member members[MOST];
    gang g = { .params = params, .n = n ? n : 1, .n_ranks = n_ranks, .rows = make_rows(params) };
    pthread_barrier_init(&g.barrier, NULL, (unsigned)g.n);
    for (int32_t i = 0; i < g.n; i++) {
        members[i] = (member){ &g, i, 0 };
        CU_ASSERT_EQUAL_FATAL(pthread_create(&members[i].thread, NULL, run, &members[i]), 0);
    }
    for (int32_t i = 0; i < g.n; i++)
        pthread_join(members[i].thread, NULL);
    pthread_barrier_destroy(&g.barrier);
    return g.rows;
}

void gang_free(epoch_rows *rows)
{
    free(rows->images);
    free(rows->targets);
    free(rows->samples);
    free(rows->labels);
    free(rows->ends);
    free(rows->makers);
    free(rows);
}

bool gang_same(const epoch_rows *a, const epoch_rows *b)
{
    size_t n = (size_t)a->count, image = (size_t)a->image * sizeof(float);
    return a->count == b->count && memcmp(a->samples, b->samples, n * sizeof *a->samples) == 0 &&
           memcmp(a->labels, b->labels, n * sizeof *a->labels) == 0 &&
           memcmp(a->images, b->images, n * image) == 0 &&
           (!a->targets ||
            memcmp(a->targets, b->targets, n * (size_t)a->n_classes * sizeof(float)) == 0);
}
