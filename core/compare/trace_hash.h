/* trace_hash.h: SHA-256 of what two comparisons must have in common. share/doc/traces.md says what
 * is hashed, so that other programs can do it. */
#ifndef RN_CORE_COMPARE_TRACE_HASH_H
#define RN_CORE_COMPARE_TRACE_HASH_H

#include "base/sha256.h"
#include "config/config.h"
#include "data/loader.h"
#include "plan/store.h"

/* Parameters and running statistics, in the order of their names. */
rn_status rn_trace_hash_weights(rn_store *store, char text[RN_SHA256_TEXT]);

/* Images of the network's input size, and their labels. */
void rn_trace_hash_input(const rn_config *config, const rn_batch *batch, char text[RN_SHA256_TEXT]);

/* A cfg's record (rn_config_record), without the backend. */
void rn_trace_hash_cfg(const char *record, char text[RN_SHA256_TEXT]);

#endif
