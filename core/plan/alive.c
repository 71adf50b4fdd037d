/* alive.c: the blocks of the arena that are alive at the peak, and whose they are. */
#include "plan/alive.h"

#include <stdlib.h>

#include "base/status.h"

static int by_bytes(const void *a, const void *b)
{
    const rn_alive *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    int32_t i = x->value ? x->value->index : -1, k = y->value ? y->value->index : -1;
    return (i > k) - (i < k);
}

static bool is_alive(const rn_memory *memory, int32_t block)
{
    return block >= 0 && memory->blocks[block].first <= memory->peak_node &&
           memory->blocks[block].last >= memory->peak_node;
}

/* Sets the value of each block to the last that was made in it. */
static void name_blocks(const rn_plan *plan, const rn_value **value_of)
{
    const rn_memory *memory = plan->memory;
    const rn_dag *dag = plan->dag;
    for (int32_t i = 0; i < dag->n_values; i++)
        if (memory->block_of[i] >= 0 && !dag->values[i]->producer)
            value_of[memory->block_of[i]] = dag->values[i];
    for (int32_t i = 0; i <= memory->peak_node && i < dag->n_nodes; i++)
        for (int32_t k = 0; k < dag->nodes[i]->n_outputs; k++) {
            const rn_value *value = dag->nodes[i]->outputs[k];
            if (value && memory->block_of[value->index] >= 0)
                value_of[memory->block_of[value->index]] = value;
        }
}

rn_status rn_alive_list(const rn_plan *plan, rn_alive **list, int32_t *n)
{
    const rn_memory *memory = plan->memory;
    size_t room = (size_t)memory->n_blocks + 1;
    const rn_value **value_of = calloc(room, sizeof *value_of);
    rn_alive *rows = calloc(room, sizeof *rows);
    if (!value_of || !rows) {
        free(value_of);
        free(rows);
        return rn_fail(RN_E_NOMEM, "no memory for the list of what is alive");
    }
    name_blocks(plan, value_of);
    *n = 0;
    for (int32_t i = 0; i < memory->n_blocks; i++)
        if (is_alive(memory, i))
            rows[(*n)++] = (rn_alive){ value_of[i], memory->blocks[i].size_bytes };
    qsort(rows, (size_t)*n, sizeof *rows, by_bytes);
    free(value_of);
    *list = rows;
    return RN_OK;
}
