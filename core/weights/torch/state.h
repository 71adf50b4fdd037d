/* state.h: which entry of a checkpoint holds the weights. */
#ifndef RN_CORE_WEIGHTS_TORCH_STATE_H
#define RN_CORE_WEIGHTS_TORCH_STATE_H

#include "weights/torch/storages.h"

/* Adds the tensors of a file to file->weights, and sets their `key`. `top` is what the file's pickle
 * holds: a module, a state dict, or a checkpoint with one among other things. `key` is the entry to
 * take, "model" or "ema.module"; NULL: the usual one, and a warning names the others. RN_E_DATA says
 * which entries there are, or what is wrong with a tensor. */
rn_status rn_state_read(const rn_torch_file *file, const rn_value *top, const char *key);

#endif
