/* read.h: an ONNX model as a cfg and the tensors of its layers. */
#ifndef RN_CORE_WEIGHTS_ONNX_READ_H
#define RN_CORE_WEIGHTS_ONNX_READ_H

#include "weights/weights.h"

/* Reads the model: sets the weights' network and adds the tensors under the names that its layers
 * give them. RN_E_DATA lists the nodes that no layer can stand for, and what would be needed. */
rn_status rn_onnx_read(rn_weights *weights, const char *path);

#endif
