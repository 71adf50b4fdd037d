/* external.h: data of tensors that stand in files beside an ONNX model. */
#ifndef RN_CORE_WEIGHTS_ONNX_EXTERNAL_H
#define RN_CORE_WEIGHTS_ONNX_EXTERNAL_H

#include "weights/onnx/onnx.pb-c.h"
#include "weights/weights.h"

typedef struct rn_onnx_file rn_onnx_file;

/* Sets `*data` to the `size` bytes of a tensor. The file is mapped once, kept in the list `*files`
 * in the weights' pool, and lies in the folder of `path`, the model, or below. RN_E_DATA where it
 * is elsewhere, also by a symbolic link, or shorter than the tensor needs. */
rn_status rn_onnx_external(rn_weights *weights, const char *path, const Onnx__TensorProto *tensor,
                           uint64_t size, rn_onnx_file **files, const uint8_t **data);

#endif
