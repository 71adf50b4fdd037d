/* onnx_fold.h: batch norms as part of the convolutions before them. */
#ifndef RN_CORE_WEIGHTS_OUT_ONNX_FOLD_H
#define RN_CORE_WEIGHTS_OUT_ONNX_FOLD_H

#include "weights/out/onnx_graph.h"

/* The batch norm that alone reads a convolution's result, and the convolution of such a batch norm;
 * NULL: there is none. The graph has been indexed (rn_dag_index). */
const rn_node *rn_onnx_out_find_norm(const rn_node *conv);
const rn_node *rn_onnx_out_find_conv(const rn_node *norm);

/* Appends the folded weight and bias, with the convolution's names for them, and makes the bias an
 * input of `folded`. */
rn_status rn_onnx_out_fold(rn_onnx_out *graph, const rn_node *conv, const rn_node *norm,
                           Onnx__NodeProto *folded);

#endif
