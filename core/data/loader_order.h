/* loader_order.h: the order of an epoch. */
#ifndef RN_CORE_DATA_LOADER_ORDER_H
#define RN_CORE_DATA_LOADER_ORDER_H

#include <stdbool.h>

#include "data/source.h"

typedef struct rn_order_params {
    const rn_dataset *dataset;
    bool is_stream, shuffle;
    uint64_t seed;
    int64_t epoch;
    int64_t batch;   /* of all processes */
    int32_t n_parts; /* of a shuffled stream: processes that read it, each its own part */
} rn_order_params;

/* The indices of all samples, which the caller frees. It depends on no more than the parameters;
 * that of samples that are read by their index, not on `batch` and `n_parts`. */
rn_status rn_order_make(const rn_order_params *params, int64_t **order);

#endif
