/* config_record.h: a resolved cfg as text, one "key = value" a line, as checkpoints and models
 * store it, and the comparison of a run's cfg with a stored one. */
#ifndef RN_CORE_CONFIG_CONFIG_RECORD_H
#define RN_CORE_CONFIG_CONFIG_RECORD_H

#include "config/config.h"

/* Every key with its value, given or default, and every layer as it was written. Paths of the
 * machine are left out, since a model may be published. The caller frees *text. */
rn_status rn_config_record(const rn_config *config, char **text);

/* The same with every key, for those who look at the run. */
rn_status rn_config_list(const rn_config *config, char **text);

/* What a stored cfg is used for, which decides the keys that must be equal. */
typedef enum rn_config_use {
    RN_CONFIG_RESUME = 1, /* to continue training: network, data, training and seed, but not the
                             data's folder, the length of training, or how often it saves */
    RN_CONFIG_INFER,      /* to compute the same outputs: network, mean and std */
    RN_CONFIG_COMPARE,    /* to take the same step: as for RN_CONFIG_RESUME */
    RN_CONFIG_SAME        /* to be the same run: everything that is recorded */
} rn_config_use;

/* RN_E_DATA lists the keys that differ. `path` is the file that `recorded` was read from. */
rn_status rn_config_check_record(const rn_config *config, const char *recorded, rn_config_use use,
                                 const char *path);

#endif
