/* memory_set.h: a data set of pictures in memory, for tests of what stands between a data set and a
 * step. */
#ifndef RN_TESTS_MEMORY_SET_H
#define RN_TESTS_MEMORY_SET_H

#include "data/source.h"

typedef struct memory_set {
    uint8_t *pixels;    /* count pictures (side, side, channels) */
    int32_t *labels;    /* count */
    const bool *broken; /* count: samples that cannot be read; NULL: none */
    bool is_slow;       /* samples take different times, so that workers overtake each other */
    bool is_stream;     /* set by memory_set_stream */
    rn_config config;   /* what a source looks at */
    rn_dataset dataset;
    rn_source source;
} memory_set;

/* Makes `count` black pictures whose labels are their indices, and a source that enlarges them to
 * `to_side`, without normalising. */
memory_set *memory_set_make(int64_t count, int64_t channels, int64_t side, int64_t to_side);

/* From now on it is read as a stream: the order turned round where it is shuffled. */
void memory_set_stream(memory_set *set);

void memory_set_free(memory_set *set);

#endif
