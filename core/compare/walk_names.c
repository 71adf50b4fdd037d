/* walk_names.c: the results of layers and the gradients of values have the names of the graph;
 * what has none there gets one: "layer1.0.bn1.inv_std" for a further result,
 * "layer1.0.conv1.input" for a gradient that is a summand of another one. */
#define _GNU_SOURCE /* asprintf */
#include "compare/walk_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

/* An operator's slots, inputs, then outputs, as in RN_CONV2D_WEIGHT. */
typedef struct slots {
    const char *op, *prefix;
    const char *names[RN_MAX_OPERANDS];
} slots;

/* clang-format off */
#define RN_OP(OPERATOR, name, bytes) { #name, #OPERATOR "_", {
#define RN_IN(SLOT, type, presence, use) #SLOT,
#define RN_OUT(SLOT, type, presence) #SLOT,
#define RN_END(OPERATOR) } },
static const slots all_slots[] = {
#include <resnet/operators.h>
};
/* clang-format on */

int rn_walk_slot_name(const rn_op *op, int32_t slot, char *text, size_t size)
{
    const slots *s = all_slots, *end = s + sizeof all_slots / sizeof *all_slots;
    size_t n = 0;
    while (s < end && strcmp(s->op, op->name) != 0)
        s++;
    if (s == end) /* of a plugin: its operands have numbers */
        return snprintf(text, size, slot < op->n_inputs ? "input%d" : "output%d",
                        slot < op->n_inputs ? slot : slot - op->n_inputs);
    const char *name = s->names[slot] + strlen(s->prefix);
    for (; name[n] && n + 1 < size; n++)
        text[n] = (char)tolower((unsigned char)name[n]);
    text[n] = 0;
    return (int)n;
}

/* The name of output k: "inv_std"; with a number where there are any number of them. */
static void print_output(const rn_op *op, int32_t k, char *text, size_t size)
{
    int32_t slot = k < op->n_outputs ? k : op->n_outputs - 1;
    int n = rn_walk_slot_name(op, op->n_inputs + slot, text, size);
    if (op->outputs_repeat)
        snprintf(text + n, size - (size_t)n, "%d", k);
}

/* Puts a name before those in `*first`. Takes ownership of `text`, which is NULL if there was no
 * memory for it. */
static rn_status add_name(rn_walk_names *names, int32_t *first, rn_traced_kind kind,
                          const rn_tensor_desc *desc, char *text)
{
    if (text && names->n_names == names->capacity) {
        int32_t capacity = names->capacity ? 2 * names->capacity : 256;
        rn_walk_name *grown = realloc(names->names, (size_t)capacity * sizeof *grown);
        names->names = grown ? grown : names->names;
        names->capacity = grown ? capacity : names->capacity;
    }
    if (!text || names->n_names == names->capacity) {
        free(text);
        return rn_fail(RN_E_NOMEM, "no memory for the names of a step's tensors");
    }
    names->names[names->n_names] =
        (rn_walk_name){ .kind = kind, .text = text, .desc = desc, .next = *first };
    *first = names->n_names++;
    return RN_OK;
}

static char *join(const char *name, const char *suffix)
{
    char *text = NULL;
    return asprintf(&text, "%s%s", name, suffix) < 0 ? NULL : text;
}

const rn_value *rn_walk_computed(const rn_value *value)
{
    while (value->base || (value->producer && rn_node_is(value->producer, "reorder")))
        value = value->base ? value->base : value->producer->inputs[RN_REORDER_X];
    return value;
}

/* The name of the value that this is the gradient of. */
static const rn_walk_name *gradient_name(const rn_walk_names *names, const rn_value *value)
{
    int32_t first = names->of_result[value->index];
    return first >= 0 && names->names[first].kind == RN_TRACED_GRADIENT ? &names->names[first]
                                                                        : NULL;
}

static rn_status name_gradients(const rn_dag *dag, rn_walk_names *names)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < dag->n_values && !status; i++) {
        const rn_value *value = dag->values[i];
        if (value->gradient)
            status = add_name(names, &names->of_result[rn_walk_computed(value->gradient)->index],
                              RN_TRACED_GRADIENT, &value->desc, strdup(value->name));
    }
    return status;
}

static bool is_mask(const rn_value *value)
{
    return value->desc.dtype == RN_BIT || value->desc.dtype == RN_U8;
}

static rn_status name_forward(rn_walk_names *names, const rn_node *node, int32_t k)
{
    const rn_value *value = node->outputs[k], *y = node->outputs[0];
    int32_t *first = &names->of_result[value->index];
    char suffix[64] = ".";
    if (is_mask(value))
        return add_name(names, first, RN_TRACED_MASK, &value->desc, strdup(y->name));
    if (k == 0)
        return add_name(names, first, RN_TRACED_FORWARD, &value->desc, strdup(value->name));
    print_output(node->op, k, suffix + 1, sizeof suffix - 1);
    return add_name(names, first, RN_TRACED_FORWARD, &value->desc, join(node->name, suffix));
}

/* The name of the sum that a convolution was merged with: its result is "NAME/add:0". */
static char *name_of_sum(const rn_value *sum)
{
    const char *end = strrchr(sum->name, '/');
    return end ? strndup(sum->name, (size_t)(end - sum->name)) : strdup(sum->name);
}

/* A summand of a gradient, or what an update leaves behind besides. */
static rn_status name_further(rn_walk_names *names, const rn_node *node, int32_t k)
{
    const rn_value *value = node->outputs[k];
    int32_t *first = &names->of_result[value->index];
    char suffix[64] = ".";
    if (node->phase == RN_PHASE_BACKWARD && rn_node_is(node, "add"))
        return add_name(names, first, RN_TRACED_GRADIENT, &value->desc, strdup(node->name));
    if (rn_node_is(node, "conv2d_grad_input_sum"))
        return add_name(names, first, RN_TRACED_GRADIENT, &value->desc, name_of_sum(value));
    if (node->phase == RN_PHASE_BACKWARD && k == 0)
        return add_name(names, first, RN_TRACED_GRADIENT, &value->desc, join(node->name, ".input"));
    print_output(node->op, k, suffix + 1, sizeof suffix - 1);
    return add_name(names, first,
                    node->phase == RN_PHASE_BACKWARD ? RN_TRACED_GRADIENT : RN_TRACED_AFTER,
                    &value->desc, join(node->name, suffix));
}

static rn_status name_result(rn_walk_names *names, const rn_node *node, int32_t k)
{
    const rn_value *value = node->outputs[k];
    if (!value || value->base)
        return RN_OK;
    names->computed_by[value->index] = (rn_walk_place){ node, k };
    if (node->phase == RN_PHASE_FORWARD)
        return name_forward(names, node, k);
    return gradient_name(names, value) ? RN_OK : name_further(names, node, k);
}

/* A batch norm that uses running statistics leaves them as they are. */
static bool updates(const rn_node *node, int32_t input)
{
    const rn_batch_norm_attrs *norm = node->attrs;
    return node->inputs[input] && rn_op_updates(node->op, input) &&
           !(rn_node_is(node, "batch_norm") && !norm->training);
}

/* What a node changes in place: a kept tensor, a scale, or a gradient. */
static rn_status name_update(rn_walk_names *names, const rn_node *node, const rn_value *value)
{
    names->changed_by[value->index] = (rn_walk_place){ node, -1 };
    if (names->of_update[value->index] >= 0)
        return RN_OK;
    const rn_walk_name *gradient = gradient_name(names, rn_walk_computed(value));
    char *text = gradient ? join(gradient->text, ".gradient") : strdup(value->name);
    return add_name(names, &names->of_update[value->index], RN_TRACED_AFTER, &value->desc, text);
}

static rn_status name_node(rn_walk_names *names, const rn_node *node)
{
    rn_status status = RN_OK;
    if (rn_node_is(node, "reorder"))
        return RN_OK;
    for (int32_t k = 0; k < node->n_outputs && !status; k++)
        status = name_result(names, node, k);
    for (int32_t k = 0; k < node->n_inputs && !status; k++)
        if (updates(node, k))
            status = name_update(names, node, node->inputs[k]);
    return status;
}

rn_status rn_walk_names_make(const rn_dag *dag, rn_walk_names *names)
{
    size_t n = (size_t)dag->n_values + 1;
    names->of_result = malloc(n * sizeof *names->of_result);
    names->of_update = malloc(n * sizeof *names->of_update);
    names->computed_by = calloc(n, sizeof *names->computed_by);
    names->changed_by = calloc(n, sizeof *names->changed_by);
    if (!names->of_result || !names->of_update || !names->computed_by || !names->changed_by)
        return rn_fail(RN_E_NOMEM, "no memory for the names of a step's tensors");
    for (size_t i = 0; i < n; i++)
        names->of_result[i] = names->of_update[i] = -1;
    rn_status status = name_gradients(dag, names);
    for (int32_t i = 0; i < dag->n_nodes && !status; i++)
        status = name_node(names, dag->nodes[i]);
    return status;
}

void rn_walk_names_clear(rn_walk_names *names)
{
    for (int32_t i = 0; i < names->n_names; i++)
        free(names->names[i].text);
    free(names->names);
    free(names->of_result);
    free(names->of_update);
    free(names->computed_by);
    free(names->changed_by);
    *names = (rn_walk_names){ 0 };
}
