/* parallel.c: synchronised batch norms, each rank's part of the dropout mask, and the exchange of
 * gradients.
 *
 * The loss of a rank is the mean over its part of the batch, and all parts have the same size, so
 * the loss and the gradients of the whole batch are the means over the ranks. The loss is exchanged
 * as well: sgd changes nothing if the loss is not finite, and all ranks must agree.
 *
 * A bucket holds 25 MB, as in PyTorch's DistributedDataParallel (Li et al. 2020, arXiv:2006.15704,
 * section 3.2.3). With much smaller buckets the start-up time of exchanges dominates; with much
 * larger ones the first exchange starts late. */
#include "passes/parallel.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/custom.h"

rn_status rn_parallel_mark(rn_dag *dag, int32_t rank, int32_t synchronised)
{
    dag->is_parallel = true;
    for (int32_t i = 0; i < dag->n_nodes; i++) {
        rn_node *node = dag->nodes[i];
        if (node->custom && node->custom->loaded->op.couples_samples)
            return rn_fail(RN_E_UNSUPPORTED,
                           "%s: operator %s reads other samples of the batch, which lie on other "
                           "devices; train on one device",
                           node->name, node->op->name);
        if (rn_node_is(node, "batch_norm")) {
            rn_batch_norm_attrs *attrs = node->attrs;
            attrs->synchronised = attrs->training ? synchronised : 0;
        }
        if (rn_node_is(node, "dropout"))
            ((rn_dropout_attrs *)node->attrs)->first_element =
                rank * rn_desc_count(&node->inputs[RN_DROPOUT_X]->desc);
        if (rn_node_is(node, "drop_path") && !rn_node_is_view(node))
            ((rn_dropout_attrs *)node->attrs)->first_element =
                rank * node->inputs[RN_DROP_PATH_X]->desc.shape[0];
    }
    return RN_OK;
}

/* The graph being rewritten: its nodes are appended again, with all_reduce in between. */
typedef struct reducer {
    rn_dag *dag;
    bool *is_wanted; /* by value: the loss or the gradient of a parameter */
    rn_value *bucket[RN_MAX_OPERANDS];
    int32_t n;
    uint64_t bytes;
} reducer;

static rn_status empty_bucket(reducer *r)
{
    if (r->n)
        rn_dag_node(r->dag, "all_reduce", "gradients", NULL, r->bucket, r->n);
    r->n = 0;
    r->bytes = 0;
    return r->dag->status;
}

/* Puts a value into the bucket if it is wanted. Empties the bucket before a value that would exceed
 * its size, and as soon as it is full. */
static rn_status put(reducer *r, rn_value *value)
{
    rn_status status = RN_OK;
    if (!value || !r->is_wanted[value->index])
        return RN_OK;
    if (r->bytes + value->desc.size_bytes > RN_PARALLEL_BUCKET_BYTES)
        status = empty_bucket(r);
    r->bucket[r->n++] = value;
    r->bytes += value->desc.size_bytes;
    if (!status && (r->n == RN_MAX_OPERANDS || r->bytes >= RN_PARALLEL_BUCKET_BYTES))
        status = empty_bucket(r);
    return status;
}

/* Puts what a node makes, or updates in place, into the bucket. */
static rn_status collect(reducer *r, const rn_node *node)
{
    rn_status status = RN_OK;
    for (int32_t k = 0; k < node->n_outputs && !status; k++)
        status = put(r, node->outputs[k]);
    for (int32_t k = 0; k < node->n_inputs && !status; k++)
        if (rn_op_updates(node->op, k))
            status = put(r, node->inputs[k]);
    return status;
}

static void find_wanted(reducer *r)
{
    const rn_dag *dag = r->dag;
    r->is_wanted[dag->loss->index] = true;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_PARAM && dag->values[i]->gradient)
            r->is_wanted[dag->values[i]->gradient->index] = true;
}

rn_status rn_parallel_reduce(rn_dag *dag)
{
    int32_t n = dag->n_nodes;
    reducer r = { .dag = dag, .is_wanted = calloc((size_t)dag->n_values + 1, sizeof *r.is_wanted) };
    rn_node **old = malloc((size_t)n * sizeof *old + 1);
    rn_status status = RN_OK;
    if (!r.is_wanted || !old) {
        status = rn_fail(RN_E_NOMEM, "no memory for the graph");
        goto done;
    }
    find_wanted(&r);
    memcpy(old, dag->nodes, (size_t)n * sizeof *old);
    dag->n_nodes = 0;
    for (int32_t i = 0; i < n; i++) {
        rn_status appended = rn_dag_append(dag, old[i]);
        if (!status)
            status = appended ? appended : collect(&r, old[i]);
    }
    if (!status)
        status = empty_bucket(&r);
done:
    free(r.is_wanted);
    free(old);
    return status;
}
