/* dropout.h: which numbers dropout keeps, and drop_path. */
#ifndef RN_BACKENDS_REFERENCE_DROPOUT_H
#define RN_BACKENDS_REFERENCE_DROPOUT_H

#include <resnet/random.h>

#include "reference/reference.h"

/* True if number `index`, counted from first_element, is kept. `random` has seed and step. */
static inline bool reference_dropout_keeps(const rn_dropout_attrs *a, const int32_t *random,
                                           int64_t index)
{
    return (double)rn_random_uniform((uint32_t)random[0], (uint32_t)random[1], a->stream,
                                     (uint64_t)(a->first_element + index)) >= a->rate;
}

#endif
