/* describe.h: the cfg of a network of which there are only weights. */
#ifndef RN_CORE_WEIGHTS_DESCRIBE_H
#define RN_CORE_WEIGHTS_DESCRIBE_H

#include "weights/weights.h"

/* Sets `*cfg` to a cfg of the weights' network, in their pool: the one that a run stored, the one
 * that the file describes, or one made from the names and shapes. The tensors are renamed to suit
 * it. What nothing in the file tells, and was assumed, is logged in one line. RN_E_DATA if the
 * network is not of a known family. */
rn_status rn_weights_describe(rn_weights *weights, const char **cfg);

#endif
