/* algorithms.c: the names of the algorithms that the backend chose for each operator. */
#include "plan/algorithms.h"

#include <stdio.h>

#include "base/json.h"
#include "base/status.h"
#include "base/text.h"
#include "graph/op.h"

/* Called with each operator and the backend's answer. */
typedef rn_status visit(const rn_node *node, const char *algorithm, void *context);

static rn_status each(const rn_plan *plan, visit *call, void *context)
{
    for (int32_t i = 0; i < plan->dag->n_nodes; i++) {
        const rn_node *node = plan->dag->nodes[i];
        rn_op_answer answer;
        if (rn_node_is_view(node))
            continue;
        rn_status status = rn_device_query(plan->device, node, &answer);
        if (status)
            return status;
        status = call(node, answer.algorithm[0] ? answer.algorithm : "-", context);
        if (status)
            return status;
    }
    return RN_OK;
}

static rn_status print_row(const rn_node *node, const char *algorithm, void *context)
{
    (void)context;
    rn_print(stdout, "%-36s %-26s %s\n", node->name, node->op->name, algorithm);
    return RN_OK;
}

rn_status rn_algorithms_print(const rn_plan *plan)
{
    rn_print(stdout, "%-36s %-26s %s\n", "layer", "operator", "algorithm");
    return each(plan, print_row, NULL);
}

static rn_status append_row(const rn_node *node, const char *algorithm, void *context)
{
    json_t *row = json_pack("{s:o, s:s, s:o}", "layer", rn_json_text(node->name), "operator",
                            node->op->name, "algorithm", rn_json_text(algorithm));
    return json_array_append_new(context, row) ? rn_fail(RN_E_NOMEM, "no memory for the summary")
                                               : RN_OK;
}

rn_status rn_algorithms_json(const rn_plan *plan, json_t **out)
{
    json_t *rows = json_array();
    rn_status status =
        rows ? each(plan, append_row, rows) : rn_fail(RN_E_NOMEM, "no memory for the summary");
    if (status)
        json_decref(rows);
    else
        *out = rows;
    return status;
}
