/* safetensors_header.h: the header of a safetensors file: a JSON object with an entry for each
 * tensor. Nothing in it is trusted. */
#ifndef RN_CORE_IO_SAFETENSORS_HEADER_H
#define RN_CORE_IO_SAFETENSORS_HEADER_H

#include <jansson.h>
#include <resnet/status.h>
#include <stdint.h>

#include "io/element.h"

/* A tensor's entry in the header. */
typedef struct rn_st_entry {
    const char *name;
    const rn_element *type;
    json_t *shape;
    uint64_t begin, end; /* offsets in the data */
} rn_st_entry;

/* True for a length: an integer of 0 or more. */
static inline int rn_st_is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

/* Parses the header of a file of `size` bytes; the caller releases it. */
rn_status rn_st_header_read(const char *path, const uint8_t *file, uint64_t size, json_t **header,
                            uint64_t *data_offset);

/* Fills in the entries, which must cover the data without gaps, in the order of the data. There is
 * room for as many as the header has keys. */
rn_status rn_st_entries_read(const char *path, json_t *header, uint64_t data_bytes,
                             rn_st_entry *entries, int64_t *n);

#endif
