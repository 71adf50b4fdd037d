/* config_record.h: a resolved cfg as text, one "key = value" a line, which checkpoints and models
 * keep; and how it differs from another cfg. */
#ifndef RN_CORE_CONFIG_CONFIG_RECORD_H
#define RN_CORE_CONFIG_CONFIG_RECORD_H

#include "config/config.h"

/* Every key with its value, defaults too, and every layer as it was written, but nothing of the
 * machine's folders: files that hold it may be given away. The caller frees *text. */
rn_status rn_config_record(const rn_config *config, char **text);

/* For what a recorded cfg and that of this run must agree. */
typedef enum rn_config_use {
    RN_CONFIG_RESUME = 1, /* training goes on: network, data, training and seed, but for where the
                             data lie, how long it trains, and how often it saves */
    RN_CONFIG_INFER       /* the network computes what it computed: network, mean and std */
} rn_config_use;

/* RN_E_DATA lists the keys that differ; `path` is the file that `recorded` comes from. */
rn_status rn_config_check_record(const rn_config *config, const char *recorded, rn_config_use use,
                                 const char *path);

#endif
