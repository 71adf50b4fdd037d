/* grow.h: a larger network that takes over the weights of a smaller one and computes the same. */
#ifndef RN_CORE_TRAIN_GROW_H
#define RN_CORE_TRAIN_GROW_H

#include "io/safetensors.h"
#include "train/session.h"

typedef struct rn_grown rn_grown;

/* Compares two networks: each block of `after` that `before` lacks must be able to start as the
 * identity, and channels that are added must be able to start as copies. RN_E_CONFIG names what
 * cannot. Reads no weights. */
rn_status rn_grow_compare(const rn_config *before, const rn_config *after, rn_registry *registry,
                          rn_grown **out);
void rn_grown_destroy(rn_grown *grown);

/* Whether anything is new or wider. */
bool rn_grown_is_larger(const rn_grown *grown);

/* Fills the store of a session of the larger network from the kept tensors of the smaller one, so
 * that both compute the same: equal to the bit where blocks were added, within rounding where
 * channels were. What is new has its initial values, but for what makes a block the identity, and
 * is its own first average; the optimizer's tensors of what is new or wider start anew, too. */
rn_status rn_grow_fill(const rn_grown *grown, rn_session *session, const rn_named_tensor *tensors,
                       int64_t count);

#endif
