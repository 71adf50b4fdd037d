/* each.h: a function over every sample of a source, on several threads. */
#ifndef RN_CORE_DATA_EACH_H
#define RN_CORE_DATA_EACH_H

#include "data/loader_worker.h"

/* What is done with a sample. `read` is the status of reading it; the maker holds it if that is
 * RN_OK. Called on several threads at once. A failure ends the loop. */
typedef rn_status rn_each_sample(void *context, rn_maker *maker, int64_t index, rn_status read);

typedef struct rn_each_params {
    const rn_source *source;
    int64_t count;   /* the first so many samples */
    int64_t workers; /* threads; 0: one */
    rn_each_sample *sample;
    void *context;

    /* On the calling thread, a few times a second. NULL: nothing. */
    void (*progress)(void *context, int64_t n_done);
} rn_each_params;

/* Calls the function for each sample. Ends early with the first failure, or with RN_E_INTERRUPTED
 * after a signal. */
rn_status rn_each(const rn_each_params *params);

#endif
