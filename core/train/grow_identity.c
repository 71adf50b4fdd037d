/* grow_identity.c: a new block as the identity.
 *
 * Nothing is computed. The walk knows of each result whether it equals the layer's input, or is 0
 * for every input. A sum of the input and a branch is the input if the branch can be made 0: by the
 * weight and the bias of the batch norm, convolution or linear layer in which it ends. A relu keeps
 * the input if that is a relu's result itself. */
#include "train/grow_identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

typedef enum content { OTHER = 0, INPUT, ZERO } content;

typedef struct walk {
    const rn_value *input; /* of the layer */
    content *contents;     /* by the index of a value */
    bool *zero;
} walk;

/* Operators that make nothing but 0 of 0, and nothing negative of what is not. */
static bool keeps_zero(const rn_node *node)
{
    static const char *const ops[] = { "relu",    "max_pool",  "avg_pool", "global_avg_pool",
                                       "dropout", "drop_path", "flatten" };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (rn_node_is(node, ops[i]))
            return true;
    return false;
}

static bool is_non_negative(const rn_value *value)
{
    const rn_node *node = value->producer;
    if (!node)
        return false;
    if (rn_node_is(node, "relu"))
        return true;
    if (rn_node_is(node, "add"))
        return is_non_negative(node->inputs[RN_ADD_A]) && is_non_negative(node->inputs[RN_ADD_B]);
    return keeps_zero(node) && is_non_negative(node->inputs[0]);
}

/* Makes 0 of a branch: of the parameters of the operator in which it ends. */
static bool silence(walk *w, const rn_value *branch)
{
    while (branch != w->input && branch->producer && keeps_zero(branch->producer))
        branch = branch->producer->inputs[0];
    const rn_node *node = branch != w->input ? branch->producer : NULL;
    bool can = node && (rn_node_is(node, "batch_norm") || rn_node_is(node, "conv2d") ||
                        rn_node_is(node, "linear"));
    for (int32_t i = 1; can && i < node->n_inputs; i++)
        if (node->inputs[i] && node->inputs[i]->role == RN_ROLE_PARAM)
            w->zero[node->inputs[i]->index] = true;
    return can;
}

static content of_sum(walk *w, const rn_node *node)
{
    const rn_value *a = node->inputs[RN_ADD_A], *b = node->inputs[RN_ADD_B];
    content of_a = w->contents[a->index], of_b = w->contents[b->index];
    if (of_a == ZERO)
        return of_b;
    if (of_b == ZERO)
        return of_a;
    if (of_a == INPUT)
        return silence(w, b) ? INPUT : OTHER;
    return of_b == INPUT && silence(w, a) ? INPUT : OTHER;
}

static content of_node(walk *w, const rn_node *node)
{
    content x = node->n_inputs && node->inputs[0] ? w->contents[node->inputs[0]->index] : OTHER;
    if (rn_node_is(node, "add"))
        return of_sum(w, node);
    if (x == ZERO)
        return keeps_zero(node) ? ZERO : OTHER;
    if (x != INPUT)
        return OTHER;
    if (rn_node_is(node, "relu"))
        return is_non_negative(w->input) ? INPUT : OTHER;
    return rn_node_is(node, "dropout") || rn_node_is(node, "drop_path") ? INPUT : OTHER;
}

static rn_status refuse(const rn_layer *layer, const rn_value *input)
{
    if (!rn_desc_same_shape(&input->desc, &layer->output->desc))
        return rn_fail(RN_E_CONFIG,
                       "block %s (%s) makes %s of %s, so that it cannot start as the identity; add "
                       "blocks that keep the shape",
                       layer->path, layer->block, RN_DESC_STRING(&layer->output->desc),
                       RN_DESC_STRING(&input->desc));
    bool ends_in_relu = layer->output->producer && rn_node_is(layer->output->producer, "relu");
    if (ends_in_relu && !is_non_negative(input))
        return rn_fail(
            RN_E_CONFIG,
            "block %s (%s) ends in a relu and reads numbers that may be negative, so that "
            "it cannot start as the identity; let a relu come before it",
            layer->path, layer->block);
    return rn_fail(RN_E_CONFIG,
                   "block %s (%s) does not add its unchanged input to a branch that ends in a "
                   "normalisation or a convolution, so that it cannot start as the identity; a "
                   "shortcut must have no layers",
                   layer->path, layer->block);
}

rn_status rn_grow_identity(const rn_dag *dag, const rn_layer *layer, bool *zero)
{
    const rn_value *input = layer->n_nodes ? dag->nodes[layer->first_node]->inputs[0] : NULL;
    if (!input)
        return RN_OK;
    walk w = { .input = input, .zero = zero };
    w.contents = calloc((size_t)dag->n_values, sizeof *w.contents);
    if (!w.contents)
        return rn_fail(RN_E_NOMEM, "no memory for the growth");
    w.contents[input->index] = INPUT;
    for (int32_t i = 0; i < layer->n_nodes; i++) {
        const rn_node *node = dag->nodes[layer->first_node + i];
        w.contents[node->outputs[0]->index] = of_node(&w, node);
    }
    bool is_identity = w.contents[layer->output->index] == INPUT;
    free(w.contents);
    return is_identity ? RN_OK : refuse(layer, input);
}
