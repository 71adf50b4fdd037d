/* predict_input.h: what is predicted, in batches: pictures, samples of a data set, or a tensor. */
#ifndef RN_CORE_COMMANDS_PREDICT_INPUT_H
#define RN_CORE_COMMANDS_PREDICT_INPUT_H

#include "io/safetensors.h"
#include "train/session.h"

typedef struct rn_predict_source {
    const char *const *pictures; /* n_pictures words as in rn_dataset_params */
    int64_t n_pictures;
    const char *tensor; /* a file of safetensors: its tensor "x", or its only one; NULL: none */
    int64_t limit;      /* > 0: only the first so many */
} rn_predict_source;

/* Zero-initialise. */
typedef struct rn_predict_input {
    int64_t count;     /* of all that is to be predicted */
    int64_t batch;     /* of a step */
    bool has_labels;   /* the samples are of a data set */
    rn_source *source; /* of a tensor: for the names of the classes alone */
    rn_loader *loader; /* NULL: a tensor */
    rn_safetensors *file;
    const float *x;
    int64_t image;    /* numbers of one */
    int64_t next;     /* the first image of the next batch */
    rn_share share;   /* of a tensor's images */
    int64_t *numbers; /* of the images of a batch */
    float *last;      /* the last batch, with room for a whole one */
} rn_predict_input;

/* Opens it; a tensor sets the height and width of the network's input. With neither pictures nor a
 * tensor, takes the samples of validation. RN_E_DATA, RN_E_USAGE. */
rn_status rn_predict_input_open(const rn_predict_source *from, rn_config *config,
                                rn_predict_input *input);

/* Makes the batch one that the ranks of several processes can share. Before passes are added. */
void rn_predict_input_share(rn_predict_input *input, const rn_session *session);

/* Hears of a picture that cannot be read: rn_loader_params.skipped. */
typedef rn_status rn_predict_skipped(void *context, const char *name, const char *reason);

rn_status rn_predict_input_start(rn_predict_input *input, const rn_session *session,
                                 rn_predict_skipped *skipped, void *context);

/* The next batch; the images behind `count` up to a whole one are readable, and mean nothing. Count
 * is 0 at the end. */
rn_status rn_predict_input_next(rn_predict_input *input, rn_batch *batch);

void rn_predict_input_close(rn_predict_input *input);

#endif
