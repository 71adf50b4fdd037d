/* data.h: `resnet-run data`: what a data set holds, and what the network would get of it. */
#ifndef RN_CORE_COMMANDS_DATA_H
#define RN_CORE_COMMANDS_DATA_H

#include "config/config.h"

typedef struct rn_data_options {
    int32_t validation; /* the split: 0 training, 1 validation */
    int64_t count;      /* the first so many samples; 0: all */
    const char *dump;   /* the file to write; NULL: none */
    const char *sheet;  /* NULL: samples.png in the run's folder */
    bool json, quiet;
} rn_data_options;

/* Decodes every sample, prints what was found, writes the contact sheet and, if asked for, the
 * network's input. RN_E_DATA if samples cannot be read and data.on_error is "stop", after all of
 * them were looked at. */
rn_status rn_data_show(const rn_config *config, const rn_data_options *options);

#endif
