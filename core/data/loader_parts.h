/* loader_parts.h: what the files of the loader share. */
#ifndef RN_CORE_DATA_LOADER_PARTS_H
#define RN_CORE_DATA_LOADER_PARTS_H

#include "data/loader.h"
#include "data/loader_line.h"

/* Starts a line of which the caller has set what it makes, and in what batches: count, batch and,
 * where the last one may be longer, last. */
rn_status rn_loader_start_line(const rn_loader_params *params, rn_line_params *line, rn_line **out);

/* Says where the pictures of a batch are: from a slot of a ring on. */
void rn_loader_set_pictures(const rn_loader_params *params, const rn_queue *queue, int64_t slot,
                            rn_batch *batch);

/* Several processes: what they take each step together on. */
typedef struct rn_loader_shared rn_loader_shared;

/* `order` is the epoch's, of all samples, and outlives it, as `params` does. */
rn_status rn_loader_shared_create(const rn_loader_params *params, const int64_t *order,
                                  rn_loader_shared **out);
rn_status rn_loader_shared_next(rn_loader_shared *shared, rn_batch *batch);
void rn_loader_shared_add_times(rn_loader_shared *shared, rn_loader_times *times);
void rn_loader_shared_destroy(rn_loader_shared *shared);

/* Samples of a whole batch that this process makes. */
int64_t rn_loader_shared_stride(const rn_loader_params *params);

#endif
