/* batch_facts.h: what can be said of a batch without a network. */
#ifndef RN_CORE_DATA_BATCH_FACTS_H
#define RN_CORE_DATA_BATCH_FACTS_H

#include "data/loader.h"

typedef struct rn_batch_facts {
    int64_t n_labels;    /* that differ */
    int64_t n_pictures;  /* that differ */
    int64_t n_ambiguous; /* pictures that are there with another label, too */
    double mean, std;    /* over all values */
} rn_batch_facts;

/* `n_values`: of one picture. RN_E_NOMEM. */
rn_status rn_batch_look(const rn_batch *batch, int64_t n_values, rn_batch_facts *facts);

#endif
