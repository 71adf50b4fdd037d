/* window.h: the sliding windows of ONNX's convolutions and pools. */
#ifndef RN_CORE_WEIGHTS_ONNX_WINDOW_H
#define RN_CORE_WEIGHTS_ONNX_WINDOW_H

#include "weights/onnx/import.h"

typedef struct rn_onnx_window {
    int64_t kernel[2], stride[2], dilation[2];
    int64_t padding[2][2]; /* [axis][end] */
    int64_t out[2];        /* pixels of the result */
    bool is_same;          /* padded as TensorFlow does, not equally at both ends */
} rn_onnx_window;

/* Reads the window of a node that slides over `x`, (N,C,H,W); `kernel` is that of a convolution's
 * weight, NULL: the attribute tells. Zeros that `x` waits for are added. NULL, or why it cannot be
 * taken. */
const char *rn_onnx_window_read(rn_onnx *o, const rn_onnx_node *node, const rn_onnx_value *x,
                                const int64_t *kernel, rn_onnx_window *window);

/* Sets what the window says in a layer, and the size of the layer's result `y`. */
void rn_onnx_window_set(rn_onnx *o, const rn_onnx_window *window, rn_onnx_layer *layer,
                        rn_onnx_value *y);

/* Sets KEY = A, or KEY = [A, B] where they differ. */
void rn_onnx_pair_set(rn_onnx *o, rn_onnx_layer *layer, const char *key, const int64_t pair[2]);

#endif
