/* convert.h: writes a network's weights for other programs. */
#ifndef RN_CORE_COMMANDS_CONVERT_H
#define RN_CORE_COMMANDS_CONVERT_H

#include "train/run.h"

typedef struct rn_convert_options {
    const char *path; /* the file or folder to write */
    int32_t kind;     /* rn_out_kind; 0: by the ending of `path` */
    bool fold;        /* batch norms into convolutions */
} rn_convert_options;

/* Writes the weights of the run, or those that it chooses, and prints one line about them. No
 * backend is used. RN_E_USAGE: what is there is not replaced without `run->start`
 * RN_START_OVERWRITE. */
rn_status rn_convert(const rn_config *config, rn_registry *registry, const rn_run_options *run,
                     const rn_convert_options *options);

#endif
