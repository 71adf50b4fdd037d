/* tensor.h: tensors of an ONNX model as stored ones. */
#ifndef RN_CORE_WEIGHTS_ONNX_TENSOR_H
#define RN_CORE_WEIGHTS_ONNX_TENSOR_H

#include "weights/onnx/external.h"

/* Sets `stored` to the tensor of the model at `path`, with its own name. The data stay where they
 * are but for halves that are stored as integers. RN_E_DATA where type, shape and data do not fit
 * together. */
rn_status rn_onnx_stored(rn_weights *weights, const char *path, const Onnx__TensorProto *tensor,
                         rn_onnx_file **files, rn_stored *stored);

#endif
