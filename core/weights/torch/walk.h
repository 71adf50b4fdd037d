/* walk.h: the tensors of a state dict, of a module, or of dicts in dicts. */
#ifndef RN_CORE_WEIGHTS_TORCH_WALK_H
#define RN_CORE_WEIGHTS_TORCH_WALK_H

#include "weights/torch/storages.h"

/* The entries of a dict, or the modules in a module: an RN_VALUE_DICT; or NULL. */
const rn_value *rn_entries_of(rn_pool *pool, const rn_value *value);

/* Adds the tensors to file->weights, their names joined by dots, and sets `*count` to how many they
 * are. An optimizer's are left out. RN_E_DATA names the class of an object that stands where a
 * tensor should, what is wrong with a tensor, or that values contain each other without end. */
rn_status rn_walk_add(const rn_torch_file *file, const rn_value *value, int64_t *count);

/* Whether there is a tensor to add. Each entry that is looked at is taken off `*budget`; at 0 the
 * answer is no. */
bool rn_walk_finds(const rn_torch_file *file, const rn_value *value, int64_t *budget);

#endif
