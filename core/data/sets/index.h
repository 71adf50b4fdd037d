/* index.h: the names and labels of many samples, in three blocks of memory: 12 bytes a sample
 * besides its name. */
#ifndef RN_CORE_DATA_SETS_INDEX_H
#define RN_CORE_DATA_SETS_INDEX_H

#include <resnet/status.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
typedef struct rn_index {
    int64_t count;
    int32_t *labels;  /* count */
    char *text;       /* the names, each followed by a 0 */
    uint64_t *starts; /* count; of each name in the text */
    uint64_t text_size, text_capacity;
    int64_t capacity;
} rn_index;

/* Appends a sample. `name` need not end in 0. RN_E_NOMEM. */
rn_status rn_index_add(rn_index *index, const char *name, size_t length, int32_t label);

static inline const char *rn_index_name(const rn_index *index, int64_t i)
{
    return index->text + index->starts[i];
}

/* Gives back the memory that was kept for more samples. */
void rn_index_trim(rn_index *index);

void rn_index_clear(rn_index *index);

#endif
