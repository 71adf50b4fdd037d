/* merges.h: how often a pass has merged operators and how often the backend declined, for the
 * log. */
#ifndef RN_CORE_PASSES_MERGES_H
#define RN_CORE_PASSES_MERGES_H

#include "device/device.h"

/* Zero-initialise. */
typedef struct rn_merges {
    int32_t n_done, n_declined;
    char reason[RN_REFUSAL_BYTES]; /* of the first refusal */
} rn_merges;

/* Asks the backend whether it computes `node`, which would replace several operators, and counts
 * it if not. */
rn_status rn_merges_ask(rn_merges *merges, rn_device *device, const rn_node *node, bool *accepts);

/* Logs one line: "fold: 19 batch norms into convolutions; 2 declined: REASON". */
void rn_merges_log(const rn_merges *merges, const char *pass, const char *what);

#endif
