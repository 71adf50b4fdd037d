/* predict_outputs.h: what a network gives besides probabilities, and all of it as a file. */
#ifndef RN_CORE_COMMANDS_PREDICT_OUTPUTS_H
#define RN_CORE_COMMANDS_PREDICT_OUTPUTS_H

#include "base/json.h"
#include "train/session.h"

/* A tensor of results. */
typedef struct rn_predict_output {
    const char *name; /* in the file */
    int32_t rank;
    int64_t shape[RN_MAX_RANK];
    int64_t row;  /* numbers of one image */
    float *batch; /* those of the last step; of "probabilities" the session's */
    float *rows;  /* all of them; NULL: nothing is saved */
} rn_predict_output;

/* Zero-initialise, then set the fields marked "given". */
typedef struct rn_predict_outputs {
    const char *path;   /* given: of the file; NULL: none */
    const char *layers; /* given: "layer1.0,layer2.0"; NULL: none */
    bool features;      /* given */
    int64_t count;      /* given: images at most */
    rn_output wanted[RN_MAX_OUTPUTS];
    rn_predict_output output[RN_MAX_OUTPUTS + 1]; /* as `wanted`, then the probabilities */
    int32_t n_wanted;
    int64_t n_rows;
    char *names;   /* copies of the layers' */
    json_t *files; /* names of the images that are files */
} rn_predict_outputs;

/* Lists what is wanted, for session->outputs. RN_E_USAGE: a layer is given twice, or too many. */
rn_status rn_predict_outputs_list(rn_predict_outputs *outputs);

/* Makes room; the session is bound. RN_E_NOMEM. */
rn_status rn_predict_outputs_begin(rn_predict_outputs *outputs, const rn_session *session,
                                   const rn_pass_plans *plans);

/* Takes the results of the first `count` images of a step. */
rn_status rn_predict_outputs_take(rn_predict_outputs *outputs, const rn_pass_plans *plans,
                                  int64_t count);

/* The features of the images of the last step; NULL: they were not wanted. */
const rn_predict_output *rn_predict_outputs_features(const rn_predict_outputs *outputs);

/* Notes the name of the next image's file. */
rn_status rn_predict_outputs_name(rn_predict_outputs *outputs, const char *file);

/* Writes the file, if there is to be one: "logits", "probabilities", "features", the layers, and in
 * the metadata the names of files and of classes. */
rn_status rn_predict_outputs_write(const rn_predict_outputs *outputs, const rn_dataset *classes);

void rn_predict_outputs_clear(rn_predict_outputs *outputs);

#endif
