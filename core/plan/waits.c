/* waits.c: an exchange is waited for as late as possible, so that it goes on while the device
 * computes. */
#include "plan/waits.h"

#include <stdlib.h>

#include "base/status.h"
#include "device/exchange.h"
#include "graph/op.h"

/* Bytes of a buffer. */
typedef struct range {
    const rn_buffer *buffer;
    uint64_t begin, end;
} range;

static range range_of(rn_operand operand, uint64_t bytes)
{
    return (range){ operand.buffer, operand.offset_bytes, operand.offset_bytes + bytes };
}

static range operand_range(const rn_launch *launch, int32_t k)
{
    const rn_node *node = launch->node;
    const rn_value *value =
        k < node->n_inputs ? node->inputs[k] : node->outputs[k - node->n_inputs];
    return range_of(launch->operands[k], value ? value->desc.size_bytes : 0);
}

static bool overlap(range a, range b)
{
    return a.buffer == b.buffer && a.begin < b.end && b.begin < a.end;
}

/* Does a launch use memory of an exchange's operands? */
static bool uses(const rn_launch *launch, uint64_t workspace_bytes, const rn_launch *exchange)
{
    int32_t n = launch->node->n_inputs + launch->node->n_outputs;
    for (int32_t i = 0; i < exchange->node->n_inputs; i++) {
        range exchanged = operand_range(exchange, i);
        if (overlap(range_of(launch->workspace, workspace_bytes), exchanged))
            return true;
        for (int32_t k = 0; k < n; k++)
            if (overlap(operand_range(launch, k), exchanged))
                return true;
    }
    return false;
}

/* The bytes of each launch's workspace. */
static uint64_t *list_workspaces(const rn_plan *plan)
{
    uint64_t *bytes = calloc((size_t)plan->n_launches + 1, sizeof *bytes);
    int32_t n = 0;
    for (int32_t i = plan->n_constants; bytes && i < plan->dag->n_nodes; i++)
        if (!rn_node_is_view(plan->dag->nodes[i]))
            bytes[n++] = plan->workspace_bytes[i];
    return bytes;
}

static int32_t first_user(const rn_plan *plan, const uint64_t *workspaces, int32_t exchange)
{
    int32_t i = exchange + 1;
    while (i < plan->n_launches &&
           !uses(&plan->launches[i], workspaces[i], &plan->launches[exchange]))
        i++;
    return i;
}

/* A chain for each launch, in the order of the exchanges; one element more than launches. */
rn_status rn_waits_settle(rn_plan *plan)
{
    uint64_t *workspaces = list_workspaces(plan);
    if (!workspaces)
        return rn_fail(RN_E_NOMEM, "no memory for the plan");
    for (int32_t i = plan->n_launches - 1; i >= 0; i--) {
        rn_launch *launch = &plan->launches[i];
        if (!launch->ready.exchange)
            continue;
        rn_launch *user = &plan->launches[first_user(plan, workspaces, i)];
        launch->next_awaited = user->awaited;
        user->awaited = launch;
    }
    free(workspaces);
    return RN_OK;
}

rn_status rn_waits_before(const rn_plan *plan, int32_t i)
{
    rn_status status = RN_OK;
    for (const rn_launch *e = plan->launches[i].awaited; e && !status; e = e->next_awaited) {
        status = rn_exchange_wait(e->ready.exchange);
        if (status)
            rn_fail_at(status, "%s: %s (%s)", plan->device->label, e->node->name,
                       e->node->op->name);
    }
    return status;
}
