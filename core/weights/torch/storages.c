/* storages.c: the numbers of a PyTorch file. */
#include "weights/torch/storages.h"

#include <stdlib.h>
#include <string.h>

int rn_storage_compare(const rn_value_text *a, const rn_value_text *b)
{
    uint64_t common = a->length < b->length ? a->length : b->length;
    int order = common ? memcmp(a->start, b->start, (size_t)common) : 0;
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare(const void *a, const void *b)
{
    return rn_storage_compare(&((const rn_storage *)a)->key, &((const rn_storage *)b)->key);
}

void rn_storages_sort(rn_torch_file *file)
{
    if (file->n_storages)
        qsort(file->storages, file->n_storages, sizeof *file->storages, compare);
}

rn_storage *rn_storage_find(const rn_torch_file *file, const rn_value_text *key)
{
    const rn_storage wanted = { .key = *key };
    if (file->n_storages == 0)
        return NULL;
    return bsearch(&wanted, file->storages, file->n_storages, sizeof wanted, compare);
}

const rn_value *rn_storage_name(const rn_value *value)
{
    const rn_value *name = rn_value_is(value, RN_VALUE_PERSISTENT) ? rn_value_item(value, 0) : NULL;
    if (!rn_value_is_text(rn_value_item(name, RN_STORAGE_WORD), "storage") ||
        !rn_value_is(rn_value_item(name, RN_STORAGE_KEY), RN_VALUE_TEXT))
        return NULL;
    return name;
}
