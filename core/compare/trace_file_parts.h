/* trace_file_parts.h: what the files of the trace's writer and reader share. */
#ifndef RN_CORE_COMPARE_TRACE_FILE_PARTS_H
#define RN_CORE_COMPARE_TRACE_FILE_PARTS_H

#include <jansson.h>
#include <stddef.h>

#include "compare/trace_file.h"
#include "config/words.h"
#include "io/safetensors.h"

/* The value of the metadata "format". */
#define RN_TRACE_FORMAT "resnet-trace 1"
#define RN_TRACE_IMAGES "input.images"
#define RN_TRACE_LABELS "input.labels"

extern const rn_word rn_trace_details[];

/* A field of rn_trace_header and its key in the metadata. */
typedef struct rn_trace_field {
    const char *key;
    size_t offset;
    bool is_number;   /* int64_t, of 0 or more; else const char * */
    bool is_required; /* in a file */
} rn_trace_field;

extern const rn_trace_field rn_trace_fields[]; /* ends with key NULL */

/* Where a field is in a header. */
static inline void *rn_trace_field_of(const rn_trace_header *header, const rn_trace_field *field)
{
    return (char *)(uintptr_t)header + field->offset;
}

/* The name of a tensor in the file, which the caller frees; NULL without memory. */
char *rn_trace_name(rn_traced_kind kind, const char *name);

/* How many numbers a trace of this detail has of a tensor of `count` elements. */
int64_t rn_trace_drawn(rn_trace_detail detail, int64_t count);

/* Writes them to `to`. */
void rn_trace_draw(const rn_trace_header *header, const float *whole, int64_t count, float *to);

/* A tensor of a trace that was opened. */
typedef struct rn_trace_entry {
    rn_traced tensor;
    double noise[RN_N_COMPARE_MODES];
    const rn_stored *stored; /* what the file has of it */
} rn_trace_entry;

struct rn_trace_reader {
    char *path;
    rn_safetensors *file; /* its table is sorted by name */
    rn_trace_header header;
    json_t *tensors;         /* what the metadata say of each; NULL: nothing */
    rn_trace_entry *entries; /* n_entries, in the order of computation */
    int32_t *indices;        /* of entries, in the order of their names in the file */
    int32_t n_entries;
    const rn_stored *images, *labels; /* NULL: none */
    float *drawn, *converted;         /* what rn_trace_sample has given */
    const rn_stored *shown;           /* the tensor whose memory it has given; NULL: none */
};

rn_status rn_trace_no_memory(const char *path);

#endif
