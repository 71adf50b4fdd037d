/* position.h: how far a run is. */
#ifndef RN_CORE_TRAIN_POSITION_H
#define RN_CORE_TRAIN_POSITION_H

#include <resnet/status.h>
#include <stdint.h>

#include "config/config.h"
#include "io/safetensors.h"
#include "train/best.h"
#include "train/loss_scale.h"
#include "train/plateau.h"

#define RN_RUN_ID_SIZE 32

/* The progress of a run. Together with the kept tensors, the seed and the cfg it determines the
 * rest of the run: shuffling and dropout are functions of seed, epoch and step. */
typedef struct rn_position {
    char run[RN_RUN_ID_SIZE]; /* the name of the run: "20261128T224913-5f0c9a1e" */
    int64_t epoch;            /* the one in progress, from 0 */
    int64_t batch;            /* batches of the epoch that are done; if all, validation is next */
    int64_t step;             /* since the start of the run */
    int64_t n_updates;        /* steps of the present optimizer that changed the parameters: all but
                                 those that overflowed */
    int64_t births[RN_MAX_GROWTHS]; /* n_updates at each growth that is done */
    int32_t n_births;
    double loss_sum; /* of the epoch in progress: sum over its images */
    int64_t n_correct, n_top5, n_images;
    double norm_sum; /* of the gradients, over n_norms steps */
    int64_t n_norms;
    int64_t n_skipped;        /* of the epoch in progress: samples that could not be read */
    int64_t n_parts;          /* of it: processes that its order was made for */
    double time_s;            /* wall time so far */
    double epoch_time_s;      /* wall time of this epoch so far */
    double loader_time_s;     /* of that, waiting for data */
    rn_best best;             /* of the epochs before */
    rn_loss_scale loss_scale; /* of a run in half precision; else as it was read, or none */
    rn_plateau plateau;       /* of a run with this schedule; else as it was read, or none */
} rn_position;

/* Counts the updates anew, for another optimizer. */
void rn_position_restart_updates(rn_position *position);

/* Sets the position of a new run. RN_E_IO: no random numbers for its name. */
rn_status rn_position_start(rn_position *position);

#define RN_POSITION_FIELDS 27

/* Its numbers as text: exact. */
typedef struct rn_position_text {
    const char *keys[RN_POSITION_FIELDS], *texts[RN_POSITION_FIELDS];
    char values[RN_POSITION_FIELDS][32];
    char births[RN_MAX_GROWTHS * 21 + 1];
} rn_position_text;

/* Writes the numbers; returns how many there are. */
int rn_position_write(const rn_position *position, rn_position_text *text);

/* Reads them from a file's metadata; `path` is for messages. RN_E_DATA: one is missing or wrong. */
rn_status rn_position_read(const rn_safetensors *file, const char *path, rn_position *position);

#endif
