/* onnx_nodes.h: the operators of a network as nodes of ONNX. */
#ifndef RN_CORE_WEIGHTS_OUT_ONNX_NODES_H
#define RN_CORE_WEIGHTS_OUT_ONNX_NODES_H

#include "weights/out/onnx_graph.h"

#define RN_ONNX_OUT_IMAGES "images"
#define RN_ONNX_OUT_LOGITS "logits"

/* An operator becomes at most so many nodes, which add so many vectors and numbers. */
#define RN_ONNX_OUT_MAX_NODES 5
#define RN_ONNX_OUT_MAX_VECTORS 5

/* Appends the nodes of every operator up to the logits, and their tensors. With model->fold, batch
 * norms that follow a convolution become part of it. RN_E_DATA names an operator that ONNX has no
 * node for. */
rn_status rn_onnx_out_add_nodes(rn_onnx_out *graph);

/* The name that a value has in the model. */
const char *rn_onnx_out_name(const rn_onnx_out *graph, const rn_value *value);

/* onnx_elements.c: append the nodes of an operator. */
rn_status rn_onnx_out_activation(rn_onnx_out *graph, const rn_node *node);
rn_status rn_onnx_out_multiply(rn_onnx_out *graph, const rn_node *node);
rn_status rn_onnx_out_channels(rn_onnx_out *graph, const rn_node *node);

#endif
