/* trace_file_read.c: the tensors of a trace. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/trace_file.h"
#include "compare/trace_file_parts.h"
#include "io/map.h"

#define CHUNK 262144 /* values that are copied at a time */

/* ---- What is in it ---- */

const rn_trace_header *rn_trace_header_of(const rn_trace_reader *r)
{
    return &r->header;
}

int32_t rn_trace_count(const rn_trace_reader *r)
{
    return r->n_entries;
}

const rn_traced *rn_trace_at(const rn_trace_reader *r, int32_t i, double noise[RN_N_COMPARE_MODES])
{
    if (noise)
        memcpy(noise, r->entries[i].noise, sizeof r->entries[i].noise);
    return &r->entries[i].tensor;
}

int32_t rn_trace_find(const rn_trace_reader *r, rn_traced_kind kind, const char *name)
{
    char *full = rn_trace_name(kind, name);
    const rn_stored *found = full ? rn_stored_find(&r->file->stored, full) : NULL;
    free(full);
    return found ? r->indices[found - r->file->stored.tensors] : -1;
}

/* ---- Values ---- */

static void forget(const rn_stored *stored)
{
    uint64_t bytes = 0;
    if (rn_stored_extent(stored, &bytes))
        rn_map_forget(stored->data, bytes);
}

/* Copies values that need no conversion, so that few of the file are in memory beside the copy. */
static void copy_plain(const rn_stored *stored, int64_t count, float *to)
{
    const float *from = (const float *)(const void *)stored->data;
    for (int64_t first = 0; first < count; first += CHUNK) {
        int64_t n = count - first < CHUNK ? count - first : CHUNK;
        memcpy(to + first, from + first, (size_t)n * sizeof *to);
        rn_map_forget(from + first, (uint64_t)n * sizeof *to);
    }
}

static rn_status read_values(const rn_trace_reader *r, const rn_stored *stored, int64_t count,
                             float *to)
{
    if (rn_stored_is_plain(stored)) {
        copy_plain(stored, count, to);
        return RN_OK;
    }
    rn_status status = rn_stored_read(stored, r->path, to);
    forget(stored);
    return status;
}

rn_status rn_trace_read(rn_trace_reader *r, int32_t i, float *values)
{
    const rn_trace_entry *e = &r->entries[i];
    if (r->header.detail != RN_TRACE_FULL)
        return rn_fail(RN_E_UNSUPPORTED, "%s: it has not all values of \"%s\"", r->path,
                       e->stored->name);
    return read_values(r, e->stored, e->tensor.count, values);
}

/* Room for `count` values in *at, which keeps no contents. NULL: no memory. */
static float *make_room(float **at, int64_t count)
{
    free(*at);
    *at = malloc((size_t)count * sizeof **at);
    return *at;
}

/* The numbers in the file: where they lie, if they need no conversion. */
static rn_status show(rn_trace_reader *r, const rn_stored *stored, int64_t count,
                      const float **values)
{
    if (r->shown)
        forget(r->shown);
    r->shown = stored;
    *values = (const float *)(const void *)stored->data;
    if (rn_stored_is_plain(stored))
        return RN_OK;
    *values = make_room(&r->converted, count);
    return *values ? read_values(r, stored, count, r->converted) : rn_trace_no_memory(r->path);
}

rn_status rn_trace_sample(rn_trace_reader *r, int32_t i, const float *whole, const float **values,
                          const float **of_trace, int64_t *count)
{
    const rn_trace_entry *e = &r->entries[i];
    *count = rn_trace_drawn(r->header.detail, e->tensor.count);
    rn_status status = show(r, e->stored, *count, of_trace);
    *values = whole;
    if (status || r->header.detail == RN_TRACE_FULL)
        return status;
    *values = make_room(&r->drawn, *count);
    if (!*values)
        return rn_trace_no_memory(r->path);
    rn_trace_draw(&r->header, whole, e->tensor.count, r->drawn);
    return RN_OK;
}

const int64_t *rn_trace_input_shape(const rn_trace_reader *r)
{
    return r->images ? r->images->shape : NULL;
}

rn_status rn_trace_read_input(rn_trace_reader *r, float *images, int32_t *labels)
{
    int64_t count = 0;
    const rn_stored *stored = r->labels;
    rn_status status = rn_stored_count(r->images, r->path, &count);
    if (!status)
        status = read_values(r, r->images, count, images);
    if (status)
        return status;
    if (!stored->type->convert)
        memcpy(labels, stored->data, (size_t)r->header.batch * sizeof *labels);
    else if (!stored->type->convert(stored->data, (uint64_t)r->header.batch, labels))
        return rn_fail(RN_E_DATA, "%s: a label does not fit into 32 bits", r->path);
    return RN_OK;
}
