/* model.h: a network without a cfg: from a file of weights that tells its form. */
#ifndef RN_CORE_WEIGHTS_MODEL_H
#define RN_CORE_WEIGHTS_MODEL_H

#include "weights/weights.h"

/* A cfg of the network that the weights are of: the one that a run stored, the one that the file
 * describes, or one made from the names and shapes. The tensors are renamed to suit it. `*cfg` is
 * in the weights' pool. What had to be assumed is logged in one line. */
rn_status rn_model_describe(rn_weights *weights, const char **cfg);

#endif
