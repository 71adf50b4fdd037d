/* pickle.h: reads pickles, in which Python stores objects: programs for a machine with a stack. Here
 * the machine executes nothing of Python: calls and classes become plain data (value.h). */
#ifndef RN_CORE_WEIGHTS_TORCH_PICKLE_H
#define RN_CORE_WEIGHTS_TORCH_PICKLE_H

#include "weights/torch/value.h"
#include "weights/weights.h"

typedef struct rn_pickle {
    rn_weights *weights; /* whose pool gets the values; they point into `bytes`, too */
    const char *path;    /* for messages */
    const uint8_t *bytes;
    uint64_t size;

    /* What was read. */
    rn_value *value;
    rn_value_list outside; /* every RN_VALUE_PERSISTENT */
    uint64_t used;         /* bytes */
} rn_pickle;

/* Reads the pickle that `bytes` begin with, of protocol 0 to 5. Its time and its memory grow as its
 * size, whatever is in it. RN_E_DATA says at which byte what was found; RN_E_NOMEM. */
rn_status rn_pickle_read(rn_pickle *pickle);

#endif
