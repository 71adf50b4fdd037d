/* graph_print.c: the operators of a plan, as a table, as JSON and as DOT.
 *
 * Names of operators and values are printed unescaped: they have no characters that are special in
 * DOT or on a terminal (rn_dag_name_fits). */
#include "commands/graph_print.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "graph/op.h"

/* What added the operator to the graph. */
static const char *maker_of(const rn_node *node)
{
    if (rn_node_is(node, "reorder"))
        return "planner";
    if (rn_node_is(node, "batch_norm_fold"))
        return "fold";
    if (rn_node_is(node, "all_reduce"))
        return "exchange";
    switch (node->phase) {
        case RN_PHASE_FORWARD: return "layer";
        case RN_PHASE_BACKWARD: return "gradient";
        case RN_PHASE_UPDATE: return "optimizer";
    }
    return "";
}

/* ---- Text ---- */

#define VALUE_TEXT (RN_DESC_TEXT + 32)

/* "(64, 16, 28, 28)", and the number of the layout unless it is plain. */
static const char *value_text(const rn_value *value, char text[VALUE_TEXT])
{
    if (value->desc.layout == RN_LAYOUT_PLAIN)
        snprintf(text, VALUE_TEXT, "%s", RN_DESC_STRING(&value->desc));
    else
        snprintf(text, VALUE_TEXT, "%s layout %d", RN_DESC_STRING(&value->desc),
                 value->desc.layout);
    return text;
}

static void print_results(const rn_node *node)
{
    char text[VALUE_TEXT];
    const char *separator = "";
    for (int32_t k = 0; k < node->n_outputs; k++) {
        if (!node->outputs[k])
            continue;
        rn_print(stdout, "%s%s", separator, value_text(node->outputs[k], text));
        separator = ", ";
    }
    putchar('\n');
}

void rn_graph_print(const rn_plan *plan)
{
    rn_print(stdout, "%-36s %-26s %-10s %s\n", "name", "operator", "made by", "results");
    for (int32_t i = 0; i < plan->dag->n_nodes; i++) {
        const rn_node *node = plan->dag->nodes[i];
        rn_print(stdout, "%-36s %-26s %-10s ", node->name, node->op->name, maker_of(node));
        print_results(node);
    }
}

/* ---- JSON ---- */

static json_t *value_json(const rn_value *value)
{
    if (!value)
        return json_null();
    json_t *shape = json_array();
    for (int32_t i = 0; i < value->desc.rank; i++)
        json_array_append_new(shape, json_integer(value->desc.shape[i]));
    return json_pack("{s:o, s:o, s:i}", "name", rn_json_text(value->name), "shape", shape, "layout",
                     (int)value->desc.layout);
}

static json_t *values_json(rn_value *const *values, int32_t n)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < n; i++)
        json_array_append_new(list, value_json(values[i]));
    return list;
}

json_t *rn_graph_json(const rn_plan *plan)
{
    json_t *list = json_array();
    for (int32_t i = 0; i < plan->dag->n_nodes && list; i++) {
        const rn_node *node = plan->dag->nodes[i];
        json_t *row = json_pack("{s:o, s:s, s:s, s:o, s:o}", "name", rn_json_text(node->name),
                                "operator", node->op->name, "made_by", maker_of(node), "inputs",
                                values_json(node->inputs, node->n_inputs), "outputs",
                                values_json(node->outputs, node->n_outputs));
        if (json_array_append_new(list, row)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* ---- DOT ---- */

static const char *shape_of_maker(const rn_node *node)
{
    return node->phase == RN_PHASE_FORWARD ? "box" : "box, style=rounded";
}

/* Declares operators as o0, o1, …, and values that no operator makes as v0, v1, … */
static void declare_nodes(const rn_dag *dag, const int32_t *producers)
{
    char text[VALUE_TEXT];
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        const rn_node *node = dag->nodes[i];
        rn_print(stdout, "  o%d [label=\"%s\\n%s (%s)\", shape=%s];\n", i, node->name,
                 node->op->name, maker_of(node), shape_of_maker(node));
    }
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        if (producers[i] < 0 && value->role != RN_ROLE_ACTIVATION && value->role != RN_ROLE_RUN)
            rn_print(stdout, "  v%d [label=\"%s\\n%s\", shape=ellipse];\n", i, value->name,
                     value_text(value, text));
    }
}

static void print_edge(const rn_value *value, int32_t producer, int32_t reader)
{
    char text[VALUE_TEXT];
    if (producer < 0)
        rn_print(stdout, "  v%d -> o%d;\n", value->index, reader);
    else
        rn_print(stdout, "  o%d -> o%d [label=\"%s\"];\n", producer, reader,
                 value_text(value, text));
}

/* The edges of what a node reads: of a run, one for each part. */
static void print_edges(const rn_value *value, const int32_t *producers, int32_t reader)
{
    if (!value->n_parts)
        print_edge(value, producers[value->index], reader);
    for (int32_t i = 0; i < value->n_parts; i++)
        print_edge(value->parts[i], producers[value->parts[i]->index], reader);
}

/* The number of the operator that makes each value, by the value's index; -1: none. */
static int32_t *find_producers(const rn_dag *dag)
{
    int32_t *producers = malloc(((size_t)dag->n_values + 1) * sizeof *producers);
    if (!producers)
        return NULL;
    for (int32_t i = 0; i < dag->n_values; i++)
        producers[i] = -1;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_outputs; k++)
            if (dag->nodes[i]->outputs[k])
                producers[dag->nodes[i]->outputs[k]->index] = i;
    return producers;
}

rn_status rn_graph_print_dot(const rn_plan *plan)
{
    const rn_dag *dag = plan->dag;
    int32_t *producers = find_producers(dag);
    if (!producers)
        return rn_fail(RN_E_NOMEM, "no memory to print the graph");
    rn_print(stdout, "digraph network {\n");
    declare_nodes(dag, producers);
    for (int32_t i = 0; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++) {
            const rn_value *value = dag->nodes[i]->inputs[k];
            if (value)
                print_edges(value, producers, i);
        }
    rn_print(stdout, "}\n");
    free(producers);
    return RN_OK;
}
