/* bench_loader.h: how fast a loader is by itself, and where its time goes. */
#ifndef RN_CORE_COMMANDS_BENCH_LOADER_H
#define RN_CORE_COMMANDS_BENCH_LOADER_H

#include <jansson.h>

#include "data/loader.h"

typedef struct rn_bench_loader {
    int64_t workers, n_images;
    uint64_t held_bytes; /* its pictures */
    double images_per_s; /* by itself, from its creation on */
    rn_loader_times times;
} rn_bench_loader;

/* Takes up to `n_batches` batches of the loader that `params` describe, without steps. */
rn_status rn_bench_loader_measure(const rn_loader_params *params, int64_t n_batches,
                                  rn_bench_loader *result);

/* Print the rate, the time of each stage, and which is the slowest; `wait_ms` is how long a step
 * waits. */
void rn_bench_loader_print(const rn_bench_loader *loader, double wait_ms);
json_t *rn_bench_loader_json(const rn_bench_loader *loader);

#endif
