/* left_out.h: samples that could not be read and were left out. */
#ifndef RN_CORE_DATA_LEFT_OUT_H
#define RN_CORE_DATA_LEFT_OUT_H

#include "data/dataset.h"

/* A sample that was left out, in a list of such. */
typedef struct rn_left_out {
    struct rn_left_out *next;
    int64_t sample;
    char *reason; /* owned */
} rn_left_out;

/* Who hears of each: rn_loader_params.skipped. */
typedef rn_status rn_left_out_heard(void *context, const char *name, const char *reason);

/* Tells of each of a list, in its order, and frees it. `heard` may be NULL. */
rn_status rn_left_out_tell(rn_left_out *list, const rn_dataset *dataset, rn_left_out_heard *heard,
                           void *context);

void rn_left_out_free(rn_left_out *list);

#endif
