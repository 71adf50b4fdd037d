/* tar_stream.c: reads shards one after the other, and holds the samples whose turn has not come. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/sets/shard.h"
#include "data/sets/tar.h"

/* What `place` says of a sample, besides the number of the slot that holds it. */
#define WANTED (-1)
#define DONE (-2) /* or not wanted */

struct job {
    int64_t shard;
    int64_t due; /* when all of it must have been read, as a place in the order */
};

struct rn_stream {
    const rn_dataset *dataset;
    const int64_t *order;
    int64_t next;     /* its place in the order */
    int64_t *place;   /* count */
    struct job *jobs; /* the shards, as they are read */
    int64_t n_jobs, job;
    rn_shard *shard; /* that is being read, or NULL */
    int64_t at;      /* the next sample in it */
    rn_member_data *slots;
    int64_t n_slots, slots_capacity;
    int64_t *spare; /* empty slots */
    int64_t n_spare;
};

static const rn_tar *tar_of(const rn_stream *stream)
{
    return stream->dataset->state;
}

static int compare_jobs(const void *a, const void *b)
{
    const struct job *x = a, *y = b;
    if (x->due != y->due)
        return x->due < y->due ? -1 : 1;
    return x->shard < y->shard ? -1 : 1;
}

/* The turn of each wanted sample becomes WANTED; the job of the shard is due when the samples that
 * are read before a sample would else be more than its turn allows. */
static struct job make_job(const rn_stream *stream, int64_t shard)
{
    int64_t n = 0, due = INT64_MAX;
    int64_t end = rn_tar_end(tar_of(stream), shard, stream->dataset->count);
    for (int64_t i = rn_tar_start(tar_of(stream), shard); i < end; i++) {
        int64_t turn = stream->place[i];
        if (turn == DONE)
            continue;
        if (turn - n < due)
            due = turn - n;
        stream->place[i] = WANTED;
        n++;
    }
    return (struct job){ n ? shard : -1, due + n };
}

/* The order does not say in which order its shards were read. Reading first what is due first holds
 * no more samples than any other order of shards does (Jackson 1955), and so no more than the
 * shuffle's buffer. */
static void plan_jobs(rn_stream *stream, int64_t n, int64_t first)
{
    int64_t count = stream->dataset->count;
    for (int64_t i = 0; i < count; i++)
        stream->place[i] = DONE;
    for (int64_t k = first; k < n; k++)
        stream->place[stream->order[k]] = k - first;
    for (int64_t s = 0; s < tar_of(stream)->shards.count; s++) {
        if (rn_tar_start(tar_of(stream), s) >= count)
            break;
        struct job job = make_job(stream, s);
        if (job.shard >= 0)
            stream->jobs[stream->n_jobs++] = job;
    }
    qsort(stream->jobs, (size_t)stream->n_jobs, sizeof *stream->jobs, compare_jobs);
}

rn_status rn_tar_start_stream(const rn_dataset *dataset, const int64_t *order, int64_t n,
                              int64_t first, rn_stream **out)
{
    const rn_tar *tar = dataset->state;
    *out = NULL;
    rn_stream *stream = calloc(1, sizeof *stream);
    if (stream) {
        stream->place = malloc((size_t)dataset->count * sizeof *stream->place);
        stream->jobs = malloc((size_t)tar->shards.count * sizeof *stream->jobs);
    }
    if (!stream || !stream->place || !stream->jobs) {
        rn_tar_stop(stream);
        return rn_fail(RN_E_NOMEM, "not enough memory to read %" PRId64 " samples in order",
                       dataset->count);
    }
    stream->dataset = dataset;
    stream->order = order;
    stream->next = first;
    plan_jobs(stream, n, first);
    *out = stream;
    return RN_OK;
}

/* Sets `*slot` to an empty slot. */
static rn_status take_slot(rn_stream *stream, int64_t *slot)
{
    if (stream->n_spare > 0) {
        *slot = stream->spare[--stream->n_spare];
        return RN_OK;
    }
    if (stream->n_slots == stream->slots_capacity) {
        int64_t capacity = 2 * stream->slots_capacity + 16;
        rn_member_data *slots = realloc(stream->slots, (size_t)capacity * sizeof *slots);
        if (slots)
            stream->slots = slots;
        int64_t *spare = slots ? realloc(stream->spare, (size_t)capacity * sizeof *spare) : NULL;
        if (!spare)
            return rn_fail(RN_E_NOMEM, "not enough memory to shuffle %" PRId64 " samples",
                           capacity);
        stream->spare = spare;
        stream->slots_capacity = capacity;
    }
    *slot = stream->n_slots++;
    stream->slots[*slot] = (rn_member_data){ 0 };
    return RN_OK;
}

/* Opens the next shard if none is open. */
static rn_status open_shard(rn_stream *stream)
{
    if (stream->shard)
        return RN_OK;
    int64_t shard = stream->jobs[stream->job].shard;
    stream->at = rn_tar_start(tar_of(stream), shard);
    return rn_shard_open(tar_of(stream)->shards.names[shard], &stream->shard);
}

static void close_shard(rn_stream *stream)
{
    rn_shard_close(stream->shard);
    stream->shard = NULL;
    stream->job++;
}

/* Whether a file is the picture of the next sample. */
static bool is_next(const rn_stream *stream, const rn_member *member)
{
    const char *key = rn_index_name(&tar_of(stream)->index, stream->at);
    return member->type == RN_MEMBER_PICTURE && strlen(key) == member->key_length &&
           memcmp(key, member->key, member->key_length) == 0;
}

/* Reads the next sample of the shards into a slot, if it is wanted. */
static rn_status read_one(rn_stream *stream)
{
    rn_member member = { RN_MEMBER_OTHER, NULL, 0 };
    rn_status status = open_shard(stream);
    if (status)
        return status;
    int64_t shard = stream->jobs[stream->job].shard;
    while (!is_next(stream, &member)) {
        status = rn_shard_next(stream->shard, &member);
        if (status)
            return status;
        if (member.type == RN_MEMBER_END)
            return rn_fail(RN_E_DATA,
                           "%s: it ends before sample %s, which it had when it was opened",
                           tar_of(stream)->shards.names[shard],
                           rn_index_name(&tar_of(stream)->index, stream->at));
    }
    if (stream->place[stream->at] == WANTED) {
        int64_t slot = 0;
        status = take_slot(stream, &slot);
        if (!status)
            status = rn_shard_read(stream->shard, &stream->slots[slot]);
        if (status)
            return status;
        stream->place[stream->at] = slot;
    }
    if (++stream->at == rn_tar_end(tar_of(stream), shard, stream->dataset->count))
        close_shard(stream);
    return RN_OK;
}

/* Gives the slot's memory to the sample, and the sample's to the slot. */
static void move_sample(rn_member_data *slot, rn_sample *sample)
{
    rn_member_data kept = *slot;
    *slot = (rn_member_data){ .bytes = sample->owned, .capacity = sample->owned_capacity };
    sample->owned = kept.bytes;
    sample->owned_capacity = kept.capacity;
    sample->file = kept.bytes;
    sample->file_size = kept.size;
}

rn_status rn_tar_next(rn_stream *stream, rn_sample *sample)
{
    int64_t index = stream->order[stream->next];
    while (stream->place[index] == WANTED) {
        rn_status status = read_one(stream);
        if (status)
            return status;
    }
    int64_t slot = stream->place[index];
    move_sample(&stream->slots[slot], sample);
    sample->label = tar_of(stream)->index.labels[index];
    stream->spare[stream->n_spare++] = slot;
    stream->place[index] = DONE;
    stream->next++;
    return RN_OK;
}

void rn_tar_stop(rn_stream *stream)
{
    if (!stream)
        return;
    rn_shard_close(stream->shard);
    for (int64_t i = 0; i < stream->n_slots; i++)
        free(stream->slots[i].bytes);
    free(stream->slots);
    free(stream->spare);
    free(stream->place);
    free(stream->jobs);
    free(stream);
}
