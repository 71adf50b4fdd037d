/* run.c: tensors that lie end to end in memory, so that an operator goes through them as one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "graph/graph.h"

/* ---- The order of kept tensors ---- */

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* A tensor that gains nothing in a run would part those that do. */
static bool is_large(const rn_value *value)
{
    return value->desc.size_bytes > RN_RUN_BYTES / 2;
}

/* A tensor after which no other can begin without a gap. */
static bool ends_run(const rn_value *value)
{
    return value->desc.size_bytes % RN_ALIGNMENT != 0;
}

static int compare_kept(const void *left, const void *right)
{
    const rn_value *a = *(rn_value *const *)left, *b = *(rn_value *const *)right;
    const rn_value *x = a->owner ? a->owner : a, *y = b->owner ? b->owner : b;
    const int by[] = { compare(a->role, b->role),
                       compare(a->owner_slot, b->owner_slot),
                       compare(x->role, y->role),
                       compare(x->is_frozen, y->is_frozen),
                       compare(x->weight_decay, y->weight_decay),
                       compare(x->rate_factor, y->rate_factor),
                       compare(x->generation, y->generation),
                       compare(is_large(a), is_large(b)),
                       compare(ends_run(a), ends_run(b)),
                       compare(x->index, y->index),
                       compare(a->index, b->index) };
    for (size_t i = 0; i < sizeof by / sizeof *by; i++)
        if (by[i])
            return by[i];
    return 0;
}

rn_status rn_kept_order(const rn_dag *dag, rn_value ***out, int32_t *n)
{
    rn_value **list = calloc((size_t)dag->n_values + 1, sizeof *list);
    if (!list)
        return rn_fail(RN_E_NOMEM, "no memory for the parameters");
    *n = 0;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (rn_value_is_kept(dag->values[i]))
            list[(*n)++] = dag->values[i];
    qsort(list, (size_t)*n, sizeof *list, compare_kept);
    *out = list;
    return RN_OK;
}

/* ---- Runs ---- */

/* "layer1.0.bn1.weight..layer2.0.bn2.bias" */
static char *name_run(rn_value *const *parts, int32_t n)
{
    const char *first = parts[0]->name, *last = parts[n - 1]->name;
    size_t size = strlen(first) + strlen(last) + sizeof "..";
    char *name = malloc(size);
    if (name)
        snprintf(name, size, "%s..%s", first, last);
    return name;
}

rn_value *rn_dag_run(rn_dag *dag, rn_value *const *parts, int32_t n)
{
    rn_value *run = rn_dag_add_value(dag);
    rn_value **copy = calloc((size_t)n, sizeof *copy);
    char *name = name_run(parts, n);
    if (!run || !copy || !name) {
        free(copy);
        free(name);
        dag->status = rn_fail(RN_E_NOMEM, "no memory for the graph");
        return NULL;
    }
    int64_t count = 0;
    for (int32_t i = 0; i < n; i++) {
        copy[i] = parts[i];
        count += rn_desc_count(&parts[i]->desc);
    }
    run->name = name;
    run->desc = rn_desc_make(RN_F32, 1, &count);
    run->role = rn_value_is_kept(parts[0]) ? RN_ROLE_RUN : RN_ROLE_ACTIVATION;
    run->rate_factor = 1;
    run->parts = copy;
    run->n_parts = n;
    return run;
}
