/* model.h: an ONNX file as the messages of onnx.proto. */
#ifndef RN_CORE_WEIGHTS_ONNX_MODEL_H
#define RN_CORE_WEIGHTS_ONNX_MODEL_H

#include "weights/onnx/onnx.pb-c.h"
#include "weights/weights.h"

/* Sets `*model`, which lives as long as the weights and takes at most the file's size and 64 MB
 * more. It has a graph. RN_E_DATA, RN_E_IO. */
rn_status rn_onnx_unpack(rn_weights *weights, const char *path, Onnx__ModelProto **model);

#endif
