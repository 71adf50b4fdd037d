/* storages.h: the numbers of a PyTorch file, outside its pickle. */
#ifndef RN_CORE_WEIGHTS_TORCH_STORAGES_H
#define RN_CORE_WEIGHTS_TORCH_STORAGES_H

#include "weights/torch/value.h"
#include "weights/weights.h"

/* Numbers that tensors share. */
typedef struct rn_storage {
    rn_value_text key;
    const uint8_t *data;
    uint64_t bytes;
} rn_storage;

/* A PyTorch file. */
typedef struct rn_torch_file {
    rn_weights *weights; /* that get its tensors */
    const char *path;
    rn_map map;
    rn_storage *storages; /* in the pool, sorted by their keys */
    size_t n_storages;
} rn_torch_file;

/* Texts in the order of their bytes, a shorter one first. */
int rn_storage_compare(const rn_value_text *a, const rn_value_text *b);

void rn_storages_sort(rn_torch_file *file);

/* The storage of that key, or NULL. */
rn_storage *rn_storage_find(const rn_torch_file *file, const rn_value_text *key);

/* The name of a storage in a pickle: ("storage", class, key, device, elements, view). */
enum { RN_STORAGE_WORD, RN_STORAGE_CLASS, RN_STORAGE_KEY, RN_STORAGE_VIEW = 5 };

/* The name, if `value` is a storage outside the pickle; or NULL. */
const rn_value *rn_storage_name(const rn_value *value);

#endif
