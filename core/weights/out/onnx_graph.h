/* onnx_graph.h: an ONNX graph that grows node by node. What it holds is in its pool, or is
 * borrowed. */
#ifndef RN_CORE_WEIGHTS_OUT_ONNX_GRAPH_H
#define RN_CORE_WEIGHTS_OUT_ONNX_GRAPH_H

#include "base/pool.h"
#include "weights/onnx/onnx.pb-c.h"
#include "weights/out/out.h"

typedef struct rn_onnx_out {
    const rn_out_model *model;
    rn_pool *pool;
    Onnx__GraphProto proto;
    size_t node_capacity, tensor_capacity;
} rn_onnx_out;

/* The functions below return RN_E_NOMEM alone. */
rn_status rn_onnx_out_no_memory(void);

/* Room for so many nodes and tensors, which must not be exceeded. */
rn_status rn_onnx_out_graph_init(rn_onnx_out *graph, size_t n_nodes, size_t n_tensors);

/* Appends a node with one output, and room for so many inputs and for RN_ONNX_OUT_MAX_ATTRS
 * attributes. Names are borrowed. */
#define RN_ONNX_OUT_MAX_ATTRS 8
rn_status rn_onnx_out_node(rn_onnx_out *graph, const char *type, const char *name, size_t n_inputs,
                           Onnx__NodeProto **out);
void rn_onnx_out_input(Onnx__NodeProto *node, const char *name);
void rn_onnx_out_output(Onnx__NodeProto *node, const char *name);

/* Append an attribute; `values` is copied. */
rn_status rn_onnx_out_int(rn_onnx_out *graph, Onnx__NodeProto *node, const char *name,
                          int64_t value);
rn_status rn_onnx_out_ints(rn_onnx_out *graph, Onnx__NodeProto *node, const char *name,
                           const int64_t *values, size_t count);
rn_status rn_onnx_out_float(rn_onnx_out *graph, Onnx__NodeProto *node, const char *name,
                            double value);

/* Appends an initialiser. The numbers are borrowed, the shape is copied. */
rn_status rn_onnx_out_tensor(rn_onnx_out *graph, const rn_named_tensor *tensor);

/* Appends an initialiser "NAME.SUFFIX", a vector of integers, as an input of the node. */
rn_status rn_onnx_out_vector(rn_onnx_out *graph, Onnx__NodeProto *node, const char *suffix,
                             const int64_t *values, size_t count);

/* The same of one float. */
rn_status rn_onnx_out_number(rn_onnx_out *graph, Onnx__NodeProto *node, const char *suffix,
                             double value);

/* Appends an input or an output of the graph: floats, the first dimension of any size. */
rn_status rn_onnx_out_value(rn_onnx_out *graph, const char *name, const rn_tensor_desc *desc,
                            Onnx__ValueInfoProto **out);

#endif
