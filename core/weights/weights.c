/* weights.c: the tensors of a file and the memory that they need. */
#include "weights/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* What names and texts may take, whatever a file says. ResNet-152 takes 0.2 MB. */
#define POOL_BYTES (64u << 20)

/* Something that is released with the weights. */
struct rn_weights_file {
    rn_weights_file *next;
    void *object;
    void (*release)(void *object);
};

rn_status rn_weights_no_memory(const rn_weights *weights)
{
    return rn_fail(RN_E_NOMEM,
                   "%s: no memory to read it, or its names and tables take more than %u MB",
                   weights->path, POOL_BYTES >> 20);
}

rn_status rn_weights_hold(rn_weights *weights, void *object, void (*release)(void *object))
{
    rn_weights_file *file = rn_pool_take(weights->pool, sizeof *file);
    if (!file) {
        release(object);
        return rn_weights_no_memory(weights);
    }
    *file = (rn_weights_file){ weights->files, object, release };
    weights->files = file;
    return RN_OK;
}

static void unmap(void *map)
{
    rn_map_close(map);
}

rn_status rn_weights_map_file(rn_weights *weights, const char *path, rn_map *map)
{
    rn_map *held = rn_pool_take(weights->pool, sizeof *held);
    if (!held)
        return rn_weights_no_memory(weights);
    rn_status status = rn_map_open(path, held);
    if (status)
        return status;
    *map = *held;
    return rn_weights_hold(weights, held, unmap);
}

void rn_weights_forget(const rn_weights *weights, const rn_stored *tensor)
{
    uint64_t bytes = 0;
    for (const rn_weights_file *file = weights->files; file; file = file->next) {
        const rn_map *map = file->release == unmap ? file->object : NULL;
        bool is_mapped = map && map->data && tensor->data >= map->data &&
                         tensor->data - map->data < (int64_t)map->size;
        if (is_mapped && rn_stored_extent(tensor, &bytes))
            rn_map_forget(tensor->data, bytes);
    }
}

rn_status rn_weights_add(rn_weights *weights, const rn_stored *tensor)
{
    rn_stored_table *table = &weights->table;
    if (table->count == weights->capacity) {
        int64_t capacity = weights->capacity ? 2 * weights->capacity : 256;
        rn_stored *grown = realloc(table->tensors, (size_t)capacity * sizeof *grown);
        if (!grown)
            return rn_weights_no_memory(weights);
        table->tensors = grown;
        weights->capacity = capacity;
    }
    table->tensors[table->count++] = *tensor;
    return RN_OK;
}

rn_status rn_weights_create(const char *path, rn_weights **out)
{
    rn_weights *weights = calloc(1, sizeof *weights);
    if (weights) {
        weights->path = strdup(path);
        weights->pool = rn_pool_create(POOL_BYTES);
    }
    if (!weights || !weights->path || !weights->pool) {
        rn_weights_close(weights);
        return rn_fail(RN_E_NOMEM, "%s: no memory to read it", path);
    }
    *out = weights;
    return RN_OK;
}

void rn_weights_close(rn_weights *weights)
{
    if (!weights)
        return;
    for (const rn_weights_file *file = weights->files; file; file = file->next)
        file->release(file->object);
    rn_pool_destroy(weights->pool);
    free(weights->table.tensors);
    free(weights->path);
    free(weights);
}
