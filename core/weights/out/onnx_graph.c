/* onnx_graph.c: the messages of an ONNX graph. */
#include "weights/out/onnx_graph.h"

#include <string.h>

#include "base/status.h"

#define BATCH "batch"

rn_status rn_onnx_out_no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the ONNX graph");
}

rn_status rn_onnx_out_graph_init(rn_onnx_out *graph, size_t n_nodes, size_t n_tensors)
{
    onnx__graph_proto__init(&graph->proto);
    graph->proto.node = rn_pool_take_array(graph->pool, n_nodes, sizeof *graph->proto.node);
    graph->proto.initializer =
        rn_pool_take_array(graph->pool, n_tensors, sizeof *graph->proto.initializer);
    graph->node_capacity = n_nodes;
    graph->tensor_capacity = n_tensors;
    return graph->proto.node && graph->proto.initializer ? RN_OK : rn_onnx_out_no_memory();
}

/* protobuf-c takes texts as char *, and only reads them. */
static char *text(const char *name)
{
    return (char *)(uintptr_t)name;
}

rn_status rn_onnx_out_node(rn_onnx_out *graph, const char *type, const char *name, size_t n_inputs,
                           Onnx__NodeProto **out)
{
    Onnx__NodeProto *node = rn_pool_take(graph->pool, sizeof *node);
    if (!node || graph->proto.n_node == graph->node_capacity)
        return rn_onnx_out_no_memory();
    onnx__node_proto__init(node);
    node->op_type = text(type);
    node->name = text(name);
    node->input = rn_pool_take_array(graph->pool, n_inputs, sizeof *node->input);
    node->output = rn_pool_take(graph->pool, sizeof *node->output);
    node->attribute =
        rn_pool_take_array(graph->pool, RN_ONNX_OUT_MAX_ATTRS, sizeof *node->attribute);
    if (!node->input || !node->output || !node->attribute)
        return rn_onnx_out_no_memory();
    graph->proto.node[graph->proto.n_node++] = node;
    *out = node;
    return RN_OK;
}

void rn_onnx_out_input(Onnx__NodeProto *node, const char *name)
{
    node->input[node->n_input++] = text(name);
}

void rn_onnx_out_output(Onnx__NodeProto *node, const char *name)
{
    node->output[node->n_output++] = text(name);
}

static Onnx__AttributeProto *add_attribute(rn_onnx_out *graph, Onnx__NodeProto *node,
                                           const char *name,
                                           Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *attribute = rn_pool_take(graph->pool, sizeof *attribute);
    if (!attribute || node->n_attribute == RN_ONNX_OUT_MAX_ATTRS)
        return NULL;
    onnx__attribute_proto__init(attribute);
    attribute->name = text(name);
    attribute->has_type = 1;
    attribute->type = type;
    node->attribute[node->n_attribute++] = attribute;
    return attribute;
}

rn_status rn_onnx_out_int(rn_onnx_out *graph, Onnx__NodeProto *node, const char *name,
                          int64_t value)
{
    Onnx__AttributeProto *attribute =
        add_attribute(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    if (!attribute)
        return rn_onnx_out_no_memory();
    attribute->has_i = 1;
    attribute->i = value;
    return RN_OK;
}

rn_status rn_onnx_out_float(rn_onnx_out *graph, Onnx__NodeProto *node, const char *name,
                            double value)
{
    Onnx__AttributeProto *attribute =
        add_attribute(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    if (!attribute)
        return rn_onnx_out_no_memory();
    attribute->has_f = 1;
    attribute->f = (float)value;
    return RN_OK;
}

static int64_t *copy_numbers(rn_onnx_out *graph, const int64_t *values, size_t count)
{
    int64_t *copy = rn_pool_take_array(graph->pool, count + 1, sizeof *copy);
    if (copy && count)
        memcpy(copy, values, count * sizeof *copy);
    return copy;
}

rn_status rn_onnx_out_ints(rn_onnx_out *graph, Onnx__NodeProto *node, const char *name,
                           const int64_t *values, size_t count)
{
    Onnx__AttributeProto *attribute =
        add_attribute(graph, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    if (!attribute)
        return rn_onnx_out_no_memory();
    attribute->n_ints = count;
    attribute->ints = copy_numbers(graph, values, count);
    return attribute->ints ? RN_OK : rn_onnx_out_no_memory();
}

/* A tensor without its numbers. */
static rn_status add_tensor(rn_onnx_out *graph, const char *name, const int64_t *shape, size_t rank,
                            Onnx__TensorProto **out)
{
    Onnx__TensorProto *tensor = rn_pool_take(graph->pool, sizeof *tensor);
    if (!tensor || graph->proto.n_initializer == graph->tensor_capacity)
        return rn_onnx_out_no_memory();
    onnx__tensor_proto__init(tensor);
    tensor->name = text(name);
    tensor->n_dims = rank;
    tensor->dims = copy_numbers(graph, shape, rank);
    tensor->has_data_type = 1;
    tensor->has_raw_data = 1;
    graph->proto.initializer[graph->proto.n_initializer++] = tensor;
    *out = tensor;
    return tensor->dims ? RN_OK : rn_onnx_out_no_memory();
}

rn_status rn_onnx_out_tensor(rn_onnx_out *graph, const rn_named_tensor *tensor)
{
    rn_tensor_desc desc = rn_desc_make(tensor->dtype, tensor->rank, tensor->shape);
    Onnx__TensorProto *proto = NULL;
    rn_status status = add_tensor(graph, tensor->name, tensor->shape, (size_t)tensor->rank, &proto);
    if (status)
        return status;
    proto->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    proto->raw_data = (ProtobufCBinaryData){ desc.size_bytes, (uint8_t *)(uintptr_t)tensor->data };
    return RN_OK;
}

rn_status rn_onnx_out_vector(rn_onnx_out *graph, Onnx__NodeProto *node, const char *suffix,
                             const int64_t *values, size_t count)
{
    const int64_t shape = (int64_t)count;
    Onnx__TensorProto *proto = NULL;
    const char *name = rn_pool_print(graph->pool, "%s.%s", node->name, suffix);
    int64_t *copy = copy_numbers(graph, values, count);
    if (!name || !copy)
        return rn_onnx_out_no_memory();
    rn_status status = add_tensor(graph, name, &shape, 1, &proto);
    if (status)
        return status;
    proto->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    proto->raw_data = (ProtobufCBinaryData){ count * sizeof *copy, (uint8_t *)copy };
    rn_onnx_out_input(node, name);
    return RN_OK;
}

rn_status rn_onnx_out_number(rn_onnx_out *graph, Onnx__NodeProto *node, const char *suffix,
                             double value)
{
    Onnx__TensorProto *proto = NULL;
    const char *name = rn_pool_print(graph->pool, "%s.%s", node->name, suffix);
    float *kept = rn_pool_take(graph->pool, sizeof *kept);
    if (!name || !kept)
        return rn_onnx_out_no_memory();
    rn_status status = add_tensor(graph, name, NULL, 0, &proto);
    if (status)
        return status;
    *kept = (float)value;
    proto->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    proto->raw_data = (ProtobufCBinaryData){ sizeof *kept, (uint8_t *)kept };
    rn_onnx_out_input(node, name);
    return RN_OK;
}

typedef Onnx__TensorShapeProto__Dimension dimension;

static dimension *make_dimension(rn_onnx_out *graph, bool is_batch, int64_t size)
{
    dimension *d = rn_pool_take(graph->pool, sizeof *d);
    if (!d)
        return NULL;
    onnx__tensor_shape_proto__dimension__init(d);
    if (is_batch) {
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        d->dim_param = text(BATCH);
    } else {
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        d->dim_value = size;
    }
    return d;
}

static Onnx__TensorShapeProto *make_shape(rn_onnx_out *graph, const rn_tensor_desc *desc)
{
    Onnx__TensorShapeProto *shape = rn_pool_take(graph->pool, sizeof *shape);
    dimension **dims = rn_pool_take_array(graph->pool, (size_t)desc->rank, sizeof *dims);
    if (!shape || !dims)
        return NULL;
    onnx__tensor_shape_proto__init(shape);
    shape->dim = dims;
    for (int32_t i = 0; i < desc->rank; i++) {
        dims[shape->n_dim++] = make_dimension(graph, i == 0, desc->shape[i]);
        if (!dims[i])
            return NULL;
    }
    return shape;
}

rn_status rn_onnx_out_value(rn_onnx_out *graph, const char *name, const rn_tensor_desc *desc,
                            Onnx__ValueInfoProto **out)
{
    Onnx__ValueInfoProto *value = rn_pool_take(graph->pool, sizeof *value);
    Onnx__TypeProto *type = rn_pool_take(graph->pool, sizeof *type);
    Onnx__TypeProto__Tensor *tensor = rn_pool_take(graph->pool, sizeof *tensor);
    Onnx__TensorShapeProto *shape = make_shape(graph, desc);
    if (!value || !type || !tensor || !shape)
        return rn_onnx_out_no_memory();
    onnx__value_info_proto__init(value);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = 1;
    tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = shape;
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    value->name = text(name);
    value->type = type;
    *out = value;
    return RN_OK;
}
