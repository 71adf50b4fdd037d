/* form_known.h: which tensors belong to a form of a residual network that is known here. */
#ifndef RN_CORE_WEIGHTS_FORM_KNOWN_H
#define RN_CORE_WEIGHTS_FORM_KNOWN_H

#include "weights/weights.h"

/* The end of messages about a network of another form. */
#define RN_FORM_WHAT_TO_DO "give a cfg, or export the network as ONNX and give that"

/* RN_E_DATA names the first tensor that belongs to no form, and says what it is of. That none is
 * missing or misshapen is checked when the weights are loaded. */
rn_status rn_form_check_names(const rn_weights *weights);

#endif
