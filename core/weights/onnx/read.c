/* read.c: goes through an ONNX graph, node by node, and makes layers of it. */
#include "weights/onnx/read.h"

#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "weights/onnx/cfg.h"
#include "weights/onnx/complaints.h"
#include "weights/onnx/metadata.h"
#include "weights/onnx/ops.h"

#define MAX_NODES 20000 /* ResNet-1001 has 4,000 */
#define LEAST_OPSET 7
#define USUAL_SIZE 224 /* torchvision's */
#define MAX_SIZE 4096  /* of images, as in a cfg */

static const struct {
    const char *op;
    rn_onnx_build *build;
} ops[] = {
#define ROW(op) { #op, rn_onnx_build_##op },
    RN_ONNX_OPS(ROW)
};

/* ---- What the model says as a whole ---- */

static rn_status read_opset(rn_onnx *o)
{
    for (size_t i = 0; i < o->model->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *set = o->model->opset_import[i];
        if (!set->domain || !*set->domain || strcmp(set->domain, "ai.onnx") == 0)
            o->opset = set->version;
    }
    if (o->opset < LEAST_OPSET)
        return rn_fail(RN_E_DATA, "%s: ONNX operator set %lld, expected %d or later", o->path,
                       (long long)o->opset, LEAST_OPSET);
    return RN_OK;
}

static rn_status check_nodes(const rn_onnx *o)
{
    const Onnx__GraphProto *graph = o->model->graph;
    if (graph->n_node > MAX_NODES)
        return rn_fail(RN_E_DATA, "%s: the model has %zu nodes, expected %d at most", o->path,
                       graph->n_node, MAX_NODES);
    for (size_t i = 0; i < graph->n_node; i++)
        if (!graph->node[i]->op_type || !graph->node[i]->n_output || !*graph->node[i]->output[0])
            return rn_fail(RN_E_DATA, "%s: node %zu, \"%s\", has no operator or no output", o->path,
                           i, graph->node[i]->name ? graph->node[i]->name : "");
    return RN_OK;
}

static rn_status read_output(rn_onnx *o)
{
    const Onnx__GraphProto *graph = o->model->graph;
    const char *name = graph->n_output ? graph->output[0]->name : NULL;
    o->output = name ? rn_onnx_find(o, name) : NULL;
    if (!o->output || !o->output->producer)
        return rn_fail(RN_E_DATA, "%s: no node makes the model's output", o->path);
    if (graph->n_output > 1)
        rn_log(RN_LOG_WARNING, "%s: the model has %zu outputs; the first, \"%s\", is taken",
               o->path, graph->n_output, name);
    o->output->n_readers++;
    return RN_OK;
}

static const Onnx__TensorShapeProto *shape_of(const rn_onnx *o)
{
    const Onnx__GraphProto *graph = o->model->graph;
    for (size_t i = 0; i < graph->n_input; i++) {
        const Onnx__ValueInfoProto *info = graph->input[i];
        if (info->name && strcmp(info->name, o->input->name) == 0 && info->type &&
            info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
            return info->type->tensor_type->shape;
    }
    return NULL;
}

/* A length of the input; 0: it is not fixed. */
static int64_t length_of(const Onnx__TensorShapeProto *shape, size_t i)
{
    const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
    return dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE ? dim->dim_value
                                                                                   : 0;
}

static rn_status read_input(rn_onnx *o)
{
    const Onnx__TensorShapeProto *shape = shape_of(o);
    rn_onnx_value *x = o->input;
    if (!shape || shape->n_dim != 4)
        return rn_fail(RN_E_DATA,
                       "%s: the input \"%s\" has %zu dimensions, expected images (N, C, H, W)",
                       o->path, x->name, shape ? shape->n_dim : 0);
    x->kind = RN_ONNX_IMAGES;
    x->layer_name = "images";
    x->rank = 4;
    for (int32_t i = 0; i < 4; i++) {
        x->dims[i] = length_of(shape, (size_t)i);
        x->axes[i] = i;
        if (i > 1 && !x->dims[i]) {
            x->dims[i] = USUAL_SIZE;
            o->assumes_size = true;
        }
        if (i && (x->dims[i] < 1 || x->dims[i] > MAX_SIZE))
            return rn_fail(RN_E_DATA,
                           "%s: the input \"%s\" has a dimension of %lld, expected 1 to "
                           "%d",
                           o->path, x->name, (long long)x->dims[i], MAX_SIZE);
    }
    o->batch = x->dims[0];
    x->dims[0] = RN_ONNX_BATCH;
    return RN_OK;
}

/* ---- Nodes ---- */

static rn_onnx_build *find_op(const rn_onnx_node *node)
{
    bool is_standard = !node->domain || !*node->domain || strcmp(node->domain, "ai.onnx") == 0;
    for (size_t i = 0; is_standard && i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].op, node->op_type) == 0)
            return ops[i].build;
    return NULL;
}

/* Sets `*is_known` to whether all that the node reads is made, and understood. */
static rn_status check_inputs(const rn_onnx *o, const rn_onnx_node *node, bool *is_known)
{
    *is_known = true;
    for (size_t i = 0; i < node->n_input; i++) {
        const rn_onnx_value *x = rn_onnx_input(o, node, i);
        if (*node->input[i] && (!x || x->kind == RN_ONNX_UNMADE))
            return rn_fail(RN_E_DATA,
                           "%s: node \"%s\" (%s) reads \"%s\", which no node before it makes",
                           o->path, node->name ? node->name : "", node->op_type, node->input[i]);
        *is_known = *is_known && (!x || x->kind != RN_ONNX_UNKNOWN);
    }
    return RN_OK;
}

static rn_status read_node(rn_onnx *o, const rn_onnx_node *node, rn_onnx_complaints *c)
{
    bool is_known = false;
    rn_onnx_build *build = find_op(node);
    rn_status status = check_inputs(o, node, &is_known);
    if (status)
        return status;
    const char *why = NULL;
    if (!build)
        why = "there is no layer for this operator";
    else if (is_known)
        why = build(o, node);
    if (o->status)
        return o->status;
    if (why)
        rn_onnx_complain(c, node, rn_onnx_part_why(o, node, why));
    if (why || !is_known)
        rn_onnx_result(o, node)->kind = RN_ONNX_UNKNOWN;
    return RN_OK;
}

/* ---- Which nodes the output needs ---- */

/* Marks a node by its results' position in `needed`, and puts it on the stack once. */
static void push(const rn_onnx *o, const rn_onnx_value *value, bool *needed,
                 const rn_onnx_node **stack, size_t *depth)
{
    if (!value->producer)
        return;
    const rn_onnx_value *result = rn_onnx_result(o, value->producer);
    if (needed[result - o->values])
        return;
    needed[result - o->values] = true;
    stack[(*depth)++] = value->producer;
}

/* Sets needed[i] for values that are the first result of a node that the output depends on, and
 * counts their readers. */
static rn_status find_needed(rn_onnx *o, bool *needed)
{
    size_t depth = 0;
    const rn_onnx_node **stack =
        rn_pool_take_array(o->weights->pool, o->model->graph->n_node + 1, sizeof *stack);
    if (!stack)
        return rn_weights_no_memory(o->weights);
    push(o, o->output, needed, stack, &depth);
    while (depth) {
        const rn_onnx_node *node = stack[--depth];
        for (size_t i = 0; i < node->n_input; i++) {
            rn_onnx_value *x = rn_onnx_input(o, node, i);
            if (!x)
                continue;
            x->n_readers++;
            push(o, x, needed, stack, &depth);
        }
    }
    return RN_OK;
}

static rn_status read_nodes(rn_onnx *o)
{
    const Onnx__GraphProto *graph = o->model->graph;
    rn_onnx_complaints c = { .n_faults = 0 };
    bool *needed = rn_pool_take_array(o->weights->pool, o->n_values, sizeof *needed);
    if (!needed)
        return rn_weights_no_memory(o->weights);
    rn_status status = find_needed(o, needed);
    for (size_t i = 0; i < graph->n_node && !status; i++)
        if (needed[rn_onnx_result(o, graph->node[i]) - o->values])
            status = read_node(o, graph->node[i], &c);
    return status ? status : rn_onnx_complaints_fail(&c, o->path);
}

/* ---- The end ---- */

/* The scores (N,K); a picture of one pixel is made into them. */
static rn_status finish(rn_onnx *o)
{
    rn_onnx_value *y = o->output;
    if (y->rank == 4 && y->dims[2] == 1 && y->dims[3] == 1 && rn_onnx_is_plain(y)) {
        const rn_onnx_value image = *y;
        rn_onnx_flatten(o, y->producer, &image);
    }
    if (o->status)
        return o->status;
    rn_onnx_value scores = *y;
    scores.is_softmax = false;
    if (!rn_onnx_is_plain(&scores) || y->rank != 2 || !y->layer)
        return rn_fail(RN_E_DATA,
                       "%s: the output \"%s\" is not one score for each class (N, K); this program "
                       "runs networks that classify images",
                       o->path, y->name);
    return rn_onnx_write_cfg(o);
}

rn_status rn_onnx_read(rn_weights *weights, const char *path)
{
    rn_onnx o = { .weights = weights, .path = path };
    Onnx__ModelProto *model = NULL;
    rn_status status = rn_onnx_unpack(weights, path, &model);
    o.model = model;
    status = status ? status : read_opset(&o);
    status = status ? status : check_nodes(&o);
    status = status ? status : rn_onnx_values_create(&o);
    status = status ? status : read_output(&o);
    status = status ? status : read_input(&o);
    status = status ? status : rn_onnx_read_metadata(&o);
    if (!status) {
        rn_name *images = rn_names_add(&o.names, o.input->layer_name);
        if (images)
            images->is_path = true;
        status = images ? read_nodes(&o) : rn_weights_no_memory(weights);
    }
    status = status ? status : finish(&o);
    rn_names_clear(&o.names);
    return status;
}
