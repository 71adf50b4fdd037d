/* grow_width.c: widening. */
#include "train/grow_width.h"

#include <resnet/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"
#include "passes/average.h"

/* ---- Whether the network computes the same ---- */

typedef struct walk {
    const rn_store *before;
    bool *wide; /* by the index of a value: its channels are those of before, and copies of them */
} walk;

/* How a dimension of a parameter differs from before: 0, not; 1, it is larger; -1, otherwise, or
 * the parameter is new. */
static int change_of(const walk *w, const rn_value *parameter, int32_t axis)
{
    const rn_store_entry *old = rn_store_find(w->before, parameter->name);
    if (!old || old->desc.rank != parameter->desc.rank)
        return -1;
    int64_t before = old->desc.shape[axis], now = parameter->desc.shape[axis];
    return now < before ? -1 : now > before;
}

/* A convolution or a linear layer; groups would mix copies of different channels. */
static bool follow_weight(walk *w, const rn_node *node, const rn_value *weight)
{
    bool is_conv = rn_node_is(node, "conv2d");
    int out = change_of(w, weight, 0), in = change_of(w, weight, 1);
    bool same_window = true;
    for (int32_t axis = 2; axis < weight->desc.rank; axis++)
        same_window = same_window && change_of(w, weight, axis) == 0;
    bool is_grouped = is_conv && ((const rn_conv2d_attrs *)node->attrs)->groups > 1;
    w->wide[node->outputs[0]->index] = out > 0;
    return out >= 0 && in >= 0 && same_window && w->wide[node->inputs[0]->index] == (in > 0) &&
           !(is_grouped && (in || out));
}

/* Operators that compute each channel by itself, without parameters. */
static bool keeps_channels(const rn_node *node)
{
    static const char *const ops[] = { "relu",    "max_pool",  "avg_pool",  "global_avg_pool",
                                       "dropout", "drop_path", "activation" };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (rn_node_is(node, ops[i]))
            return true;
    const rn_tensor_desc *x = node->n_inputs ? &node->inputs[0]->desc : NULL;
    return rn_node_is(node, "flatten") && x->rank == 4 && x->shape[2] * x->shape[3] == 1;
}

static bool reads_wide(const walk *w, const rn_node *node)
{
    for (int32_t i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] && w->wide[node->inputs[i]->index])
            return true;
    return false;
}

/* False: what the node computes is not what it computed before. */
static bool follow(walk *w, const rn_node *node)
{
    bool *y = &w->wide[node->outputs[0]->index];
    if (rn_node_is(node, "conv2d"))
        return follow_weight(w, node, node->inputs[RN_CONV2D_WEIGHT]);
    if (rn_node_is(node, "linear"))
        return follow_weight(w, node, node->inputs[RN_LINEAR_WEIGHT]);
    if (rn_node_is(node, "batch_norm")) {
        int change = change_of(w, node->inputs[RN_BATCH_NORM_WEIGHT], 0);
        *y = change > 0;
        return change >= 0 && *y == w->wide[node->inputs[RN_BATCH_NORM_X]->index];
    }
    if (rn_node_is(node, "add") || rn_node_is(node, "multiply")) {
        *y = w->wide[node->inputs[RN_ADD_A]->index];
        return *y == w->wide[node->inputs[RN_ADD_B]->index];
    }
    if (keeps_channels(node)) {
        *y = w->wide[node->inputs[0]->index];
        return true;
    }
    return !reads_wide(w, node);
}

static rn_status follow_layer(walk *w, const rn_dag *dag, const rn_layer *layer)
{
    for (int32_t i = 0; i < layer->n_nodes; i++) {
        const rn_node *node = dag->nodes[layer->first_node + i];
        if (!follow(w, node))
            return rn_fail(RN_E_CONFIG,
                           "%s (%s of block %s) cannot be widened: its channels, or those that it "
                           "reads, would not be copies of those before",
                           node->name, node->op->name, layer->block);
    }
    return RN_OK;
}

rn_status rn_grow_width(const rn_dag *dag, const rn_store *before, const bool *skips)
{
    walk w = { .before = before, .wide = calloc((size_t)dag->n_values + 1, sizeof *w.wide) };
    rn_status status = w.wide ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for the growth");
    for (int32_t i = 0; i < dag->n_layers && !status; i++) {
        const rn_layer *layer = &dag->layers[i];
        if (!skips[i])
            status = follow_layer(&w, dag, layer);
        else if (layer->n_nodes)
            w.wide[layer->output->index] = w.wide[dag->nodes[layer->first_node]->inputs[0]->index];
    }
    if (!status && w.wide[dag->logits->index])
        status = rn_fail(RN_E_CONFIG, "the scores of the classes cannot be widened");
    free(w.wide);
    return status;
}

/* ---- The wider tensors ---- */

/* A tensor as (rows, columns, elements of a window), from and to. */
typedef struct sizes {
    int64_t rows, columns, window;
} sizes;

static sizes sizes_of(int32_t rank, const int64_t *shape)
{
    sizes s = { .rows = shape[0], .columns = rank > 1 ? shape[1] : 1, .window = 1 };
    for (int32_t axis = 2; axis < rank; axis++)
        s.window *= shape[axis];
    return s;
}

/* An average is divided as its parameter is. */
static uint32_t stream_of(const char *name)
{
    char parameter[512];
    size_t length = strlen(name), suffix = strlen("." RN_AVERAGE);
    bool is_average = length > suffix && strcmp(name + length - suffix, "." RN_AVERAGE) == 0;
    snprintf(parameter, sizeof parameter, "%.*s", (int)(is_average ? length - suffix : length),
             name);
    return rn_store_stream(parameter);
}

/* A number from 0.5 to 1.5, by which a weight's share is drawn. */
static double draw(const uint32_t of[3], int64_t row, int64_t column, int64_t columns)
{
    return 0.5 + (double)rn_random_uniform(of[0], of[1], of[2], (uint64_t)(row * columns + column));
}

/* The share of the weight at (row, column): of those of the copies of its channel, which sum to
 * 1. */
static double share_of(const uint32_t of[3], int64_t row, int64_t column, int64_t columns,
                       int64_t columns_before)
{
    double sum = 0;
    for (int64_t c = column % columns_before; c < columns; c += columns_before)
        sum += draw(of, row, c, columns);
    return draw(of, row, column, columns) / sum;
}

void rn_grow_widen(const rn_named_tensor *from, const rn_tensor_desc *desc, uint64_t seed,
                   float *to)
{
    const float *values = from->data;
    sizes old = sizes_of(from->rank, from->shape), new = sizes_of(desc->rank, desc->shape);
    /* Not step 0, from which the initial values are drawn. */
    const uint32_t of[3] = { (uint32_t)seed, 1, stream_of(from->name) };
    for (int64_t r = 0; r < new.rows; r++)
        for (int64_t c = 0; c < new.columns; c++) {
            const float *source =
                values + (r % old.rows * old.columns + c % old.columns) * old.window;
            double share =
                new.columns == old.columns ? 1 : share_of(of, r, c, new.columns, old.columns);
            for (int64_t i = 0; i < new.window; i++)
                *to++ = (float)(share * (double)source[i]);
        }
}
