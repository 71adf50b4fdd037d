/* schedule.h: `resnet-run schedule`: the learning rates that a cfg would train with. */
#ifndef RN_CORE_COMMANDS_SCHEDULE_H
#define RN_CORE_COMMANDS_SCHEDULE_H

#include "config/config.h"

typedef struct rn_schedule_options {
    int64_t count;   /* images of an epoch; 0: those of the data set */
    const char *svg; /* the drawing to write; NULL: none */
    bool json;
} rn_schedule_options;

/* Prints the curve and the rates of each epoch. Trains nothing and opens no backend. Where the data
 * set cannot be opened, it says so and assumes how many steps an epoch has. RN_E_CONFIG where an
 * epoch would have none. */
rn_status rn_schedule_show(const rn_config *config, const rn_schedule_options *options);

#endif
