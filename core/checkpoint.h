/* checkpoint.h: everything that a training run needs to go on as if it had never stopped. */
#ifndef RN_CORE_CHECKPOINT_H
#define RN_CORE_CHECKPOINT_H

#include "loss_scale.h"
#include "session.h"

/* Where a run stands. Together with the kept tensors, the seed and the cfg it decides all that
 * follows: shuffling and dropout are functions of seed, epoch and step. */
typedef struct rn_position {
    int64_t epoch;        /* from 0, the one in progress */
    int64_t batch;        /* batches of it that are done */
    int64_t step;         /* since the start of the run */
    double loss_sum;      /* of the epoch in progress: sum over its images */
    int64_t n_correct, n_images;
    double time_s;        /* wall time so far */
    double epoch_time_s;  /* of it, in this epoch */
    rn_loss_scale loss_scale; /* of a run in half precision; else as it was read, or none */
} rn_position;

/* Writes FOLDER/checkpoint.safetensors: kept tensors and position, atomically. */
rn_status rn_checkpoint_write(const char *folder, rn_session *session, const rn_position *position);

/* Reads it back. RN_E_DATA where it is missing, damaged, or of another network, seed, batch or
 * number of images than this run's. */
rn_status rn_checkpoint_read(const char *folder, rn_session *session, rn_position *position);

/* Writes FOLDER/model.safetensors: parameters and running statistics, with PyTorch's names. */
rn_status rn_checkpoint_write_model(const char *folder, rn_session *session);

/* Reads weights for evaluation; `path` NULL: FOLDER/model.safetensors. */
rn_status rn_checkpoint_read_model(const char *folder, const char *path, rn_session *session);

#endif
