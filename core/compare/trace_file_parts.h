/* trace_file_parts.h: what the files of the trace's writer and reader share. */
#ifndef RN_CORE_COMPARE_TRACE_FILE_PARTS_H
#define RN_CORE_COMPARE_TRACE_FILE_PARTS_H

#include <stddef.h>

#include "compare/trace_file.h"
#include "config/words.h"

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

#endif
