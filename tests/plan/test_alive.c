/* test_alive.c: what a plan says is alive at its peak adds up to the peak, and is what a walk over
 * the graph finds to be alive there. */
#include <stdlib.h>

#include "base/status.h"
#include "plan/alive.h"
#include "support/net_harness.h"

/* Does a node from the peak on read the value, or a view of it; or does it hold to the end? */
static bool is_read(const rn_plan *plan, const rn_value *value)
{
    const rn_dag *dag = plan->dag;
    for (int32_t i = plan->memory->peak_node; i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_inputs; k++)
            if (dag->nodes[i]->inputs[k] && rn_value_storage(dag->nodes[i]->inputs[k]) == value)
                return true;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->pinned && rn_value_storage(dag->values[i]) == value)
            return true;
    return false;
}

static bool is_made(const rn_plan *plan, const rn_value *value)
{
    for (int32_t i = 0; i <= plan->memory->peak_node; i++)
        if (plan->dag->nodes[i] == value->producer)
            return true;
    return !value->producer;
}

static void check_row(const rn_plan *plan, const rn_alive *row)
{
    const rn_node *node = plan->dag->nodes[plan->memory->peak_node];
    uint64_t bytes =
        row->value ? row->value->desc.size_bytes : plan->workspace_bytes[plan->memory->peak_node];
    op_check(row->bytes >= bytes && row->bytes < bytes + RN_ALIGNMENT,
             "%llu bytes are said to be "
             "%llu",
             (unsigned long long)bytes, (unsigned long long)row->bytes);
    if (!row->value || row->value->parts)
        return;
    op_check(is_made(plan, row->value), "%s is not there at %s", row->value->name, node->name);
    op_check(row->value->producer == node || is_read(plan, row->value), "nothing reads %s after %s",
             row->value->name, node->name);
}

static void check_plan(const rn_plan *plan)
{
    rn_alive *list = NULL;
    int32_t n = 0;
    uint64_t sum = 0;
    op_check(!rn_alive_list(plan, &list, &n) && n > 0, "%s", rn_fail_text());
    for (int32_t i = 0; i < n; i++) {
        sum += list[i].bytes;
        op_check(i == 0 || list[i].bytes <= list[i - 1].bytes, "row %d is not in order", i);
        check_row(plan, &list[i]);
    }
    op_check(sum == plan->memory->lower_bound_bytes, "%llu bytes are alive, not %llu",
             (unsigned long long)sum, (unsigned long long)plan->memory->lower_bound_bytes);
    free(list);
}

static void test_network(const op_backend *backend, const void *cfg)
{
    net_trial trial = { 0 };
    if (op_accepted(backend, net_open(&trial, backend, cfg, 2, false), cfg)) {
        check_plan(trial.train->by_rank[0]);
        check_plan(trial.evaluate->by_rank[0]);
    }
    net_close(&trial);
}

int main(void)
{
    op_backends_open();
    op_tests_add("dropout.cfg", test_network, "tests/config/nets/dropout.cfg");
    op_tests_add("joined.cfg", test_network, "tests/config/nets/joined.cfg");
    op_tests_add("fashion_mnist_small.cfg", test_network, "share/models/fashion_mnist_small.cfg");
    int result = op_tests_run("alive");
    net_registry_close();
    return result;
}
