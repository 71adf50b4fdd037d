/* values.c: the memory of a graph's values. They lie in chunks, each twice as long as the one
 * before it, so that it is known of any pointer, without reading what it points to, whether it is
 * one of them. */
#include <stdlib.h>

#include "graph/graph.h"

#define FIRST_CHUNK 64

static int32_t chunk_length(int32_t chunk)
{
    return FIRST_CHUNK << chunk;
}

/* The values in the chunks before it. */
static int32_t chunk_start(int32_t chunk)
{
    return chunk_length(chunk) - FIRST_CHUNK;
}

/* Makes room for the values of one more chunk. False if there is no memory. */
static bool add_chunk(rn_dag *dag)
{
    if (dag->n_value_chunks == RN_MAX_VALUE_CHUNKS)
        return false;
    size_t length = (size_t)chunk_length(dag->n_value_chunks);
    size_t total = (size_t)chunk_start(dag->n_value_chunks) + length;
    rn_value **values = realloc(dag->values, total * sizeof *values);
    dag->values = values ? values : dag->values;
    rn_value *chunk = values ? calloc(length, sizeof *chunk) : NULL;
    if (chunk)
        dag->value_chunks[dag->n_value_chunks++] = chunk;
    return chunk != NULL;
}

rn_value *rn_dag_add_value(rn_dag *dag)
{
    if (dag->n_values == chunk_start(dag->n_value_chunks) && !add_chunk(dag))
        return NULL;
    int32_t last = dag->n_value_chunks - 1;
    rn_value *value = &dag->value_chunks[last][dag->n_values - chunk_start(last)];
    value->index = dag->n_values;
    dag->values[dag->n_values++] = value;
    return value;
}

bool rn_dag_owns(const rn_dag *dag, const rn_value *value)
{
    for (int32_t i = 0; i < dag->n_value_chunks; i++) {
        int32_t used = dag->n_values - chunk_start(i);
        used = used < chunk_length(i) ? used : chunk_length(i);
        uintptr_t offset = (uintptr_t)value - (uintptr_t)dag->value_chunks[i];
        if (offset < (uintptr_t)used * sizeof *value)
            return offset % sizeof *value == 0;
    }
    return false;
}

void rn_dag_free_values(rn_dag *dag)
{
    for (int32_t i = 0; i < dag->n_values; i++)
        free(dag->values[i]->name), free(dag->values[i]->parts);
    for (int32_t i = 0; i < dag->n_value_chunks; i++)
        free(dag->value_chunks[i]);
    free(dag->values);
}
