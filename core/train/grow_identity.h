/* grow_identity.h: which parameters of a new block have to be 0 so that it computes its input. */
#ifndef RN_CORE_TRAIN_GROW_IDENTITY_H
#define RN_CORE_TRAIN_GROW_IDENTITY_H

#include "graph/graph.h"

/* Follows the operators of a layer, in a graph for inference, and sets zero[value->index] of each
 * parameter that has to be 0: those of the last normalisation before a sum with the input, or of
 * the last convolution where no normalisation follows. `zero` has dag->n_values elements.
 * RN_E_CONFIG says why the layer cannot be the identity; any block may be one, as its graph alone
 * counts. */
rn_status rn_grow_identity(const rn_dag *dag, const rn_layer *layer, bool *zero);

#endif
