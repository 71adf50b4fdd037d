/* predict.h: what a trained network says about pictures. */
#ifndef RN_CORE_COMMANDS_PREDICT_H
#define RN_CORE_COMMANDS_PREDICT_H

#include "commands/predict_input.h"
#include "train/run.h"

typedef struct rn_predict_options {
    rn_predict_source from;
    int64_t top;             /* classes of a picture to print */
    int32_t format;          /* RN_LABELS_… */
    int32_t on_error;        /* rn_on_error; 0: skip pictures, and samples as the cfg says */
    bool features;           /* what the last linear layer gets, in place of the probabilities */
    const char *save;        /* a file for all results; NULL: none */
    const char *activations; /* layers whose results it has, too: "layer1.0,layer2.0"; NULL: none */
} rn_predict_options;

/* Results go to standard output, progress and pictures that cannot be read to standard error.
 * RN_E_DATA at the end if there were any. */
rn_status rn_predict(const rn_config *config, rn_registry *registry,
                     const rn_predict_options *options, const rn_run_options *run);

#endif
