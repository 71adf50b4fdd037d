/* index.c: an index of samples that grows. */
#include "data/sets/index.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static bool resize(void **block, size_t size)
{
    void *moved = realloc(*block, size ? size : 1);
    if (moved)
        *block = moved;
    return moved;
}

static bool set_capacity(rn_index *index, int64_t capacity)
{
    if (!resize((void **)&index->labels, (size_t)capacity * sizeof *index->labels) ||
        !resize((void **)&index->starts, (size_t)capacity * sizeof *index->starts))
        return false;
    index->capacity = capacity;
    return true;
}

static bool set_text_capacity(rn_index *index, uint64_t capacity)
{
    if (!resize((void **)&index->text, (size_t)capacity))
        return false;
    index->text_capacity = capacity;
    return true;
}

rn_status rn_index_add(rn_index *index, const char *name, size_t length, int32_t label)
{
    uint64_t end = index->text_size + length + 1;
    bool fits = index->count < index->capacity || set_capacity(index, 2 * index->capacity + 16);
    if (fits && end > index->text_capacity)
        fits = set_text_capacity(index, 2 * end);
    if (!fits)
        return rn_fail(RN_E_NOMEM, "not enough memory for the names of %lld samples",
                       (long long)index->count + 1);
    memcpy(index->text + index->text_size, name, length);
    index->text[end - 1] = '\0';
    index->starts[index->count] = index->text_size;
    index->labels[index->count++] = label;
    index->text_size = end;
    return RN_OK;
}

void rn_index_trim(rn_index *index)
{
    set_capacity(index, index->count);
    set_text_capacity(index, index->text_size);
}

void rn_index_clear(rn_index *index)
{
    free(index->labels);
    free(index->text);
    free(index->starts);
    *index = (rn_index){ 0 };
}
