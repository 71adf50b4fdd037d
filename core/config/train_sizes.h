/* train_sizes.h: train.sizes, the sizes of pictures that training goes through. */
#ifndef RN_CORE_CONFIG_TRAIN_SIZES_H
#define RN_CORE_CONFIG_TRAIN_SIZES_H

#include "config/config.h"

/* Reads the list, if the cfg has one. */
rn_status rn_train_sizes_read(rn_config *config);

/* The row for an epoch, counted from 0; NULL: that of network.input. */
const rn_train_size *rn_train_size_at(const rn_config *config, int64_t epoch);

#endif
