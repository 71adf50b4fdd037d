/* open.h: opens files of weights of every format. */
#ifndef RN_CORE_WEIGHTS_OPEN_H
#define RN_CORE_WEIGHTS_OPEN_H

#include "weights/weights.h"

/* Opens a file of any format; or a folder that has weights, or an index of several files. `key` is
 * the entry of a checkpoint to take ("model_ema"), NULL: the usual ones. RN_E_IO, or RN_E_DATA that
 * says what is wrong where. */
rn_status rn_weights_open(const char *path, const char *key, rn_weights **out);

/* True if the path is a folder or an index, or a file that begins as one of weights: not a cfg. */
bool rn_weights_recognise(const char *path);

#endif
