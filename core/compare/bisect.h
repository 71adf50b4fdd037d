/* bisect.h: from a network that is wrong on a backend to the smallest operator that is. */
#ifndef RN_CORE_COMPARE_BISECT_H
#define RN_CORE_COMPARE_BISECT_H

#include "config/config.h"
#include "plugin/registry.h"
#include "train/model.h"

typedef struct rn_bisect_options {
    const char *reference;   /* the backend that tells what is expected */
    const char *replay;      /* a folder of an earlier fault; NULL: find one */
    const char *folder;      /* that is written; NULL: "bisect" in the run's */
    const char *plugin_file; /* of --backend=/PATH/NAME.so; NULL: none */
    rn_model_choice model;   /* without a path: initial weights of the cfg's seed */
    int64_t batch, repeats;
    bool train_step;   /* forward, gradient and update; else inference */
    double max_time_s; /* of the whole; 0: reducing has five minutes, and finding has no limit */
    bool json;
} rn_bisect_options;

/* RN_E_MISMATCH: an operator is wrong; a folder was written, and what is in it was printed. RN_OK:
 * each operator by itself is right. */
rn_status rn_bisect(const rn_config *config, rn_registry *registry,
                    const rn_bisect_options *options);

#endif
