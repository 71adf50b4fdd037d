/* checkpoint.h: everything that a training run needs to go on as if it had never stopped. */
#ifndef RN_CORE_TRAIN_CHECKPOINT_H
#define RN_CORE_TRAIN_CHECKPOINT_H

#include "train/loss_scale.h"
#include "train/session.h"

#define RN_RUN_ID_SIZE 32

/* Where a run stands. Together with the kept tensors, the seed and the cfg it decides all that
 * follows: shuffling and dropout are functions of seed, epoch and step. */
typedef struct rn_position {
    char run[RN_RUN_ID_SIZE]; /* which run: "20261128T224913-5f0c9a1e" */
    int64_t epoch;            /* from 0, the one in progress */
    int64_t batch;   /* batches of it that are done; all of them: it waits for validation */
    int64_t step;    /* since the start of the run */
    double loss_sum; /* of the epoch in progress: sum over its images */
    int64_t n_correct, n_images;
    double time_s;            /* wall time so far */
    double epoch_time_s;      /* of it, in this epoch */
    double loader_time_s;     /* of it, waiting for data in this epoch */
    rn_loss_scale loss_scale; /* of a run in half precision; else as it was read, or none */
} rn_position;

/* Where a new run stands. RN_E_IO where there are no random numbers for its name. */
rn_status rn_position_start(rn_position *position);

/* Bytes of the checkpoint and of the model, but for their headers. */
uint64_t rn_checkpoint_bytes(const rn_session *session);

/* Writes FOLDER/checkpoint.safetensors: kept tensors, position and cfg, atomically. RN_E_DIVERGED
 * names a tensor that is not finite; the file then stays as it was. */
rn_status rn_checkpoint_write(const char *folder, rn_session *session, const rn_position *position);

/* Reads it back. RN_E_DATA where it is missing, damaged, or of another network, data or training
 * than this run's; `allow_changed` accepts other values of the cfg, as long as the parameters
 * fit. */
rn_status rn_checkpoint_read(const char *folder, rn_session *session, bool allow_changed,
                             rn_position *position);

/* Removes it. */
rn_status rn_checkpoint_remove(const char *folder);

/* Keeps the checkpoint beside the next one that is written; makes it the checkpoint again; forgets
 * it. Each does nothing where there is none. */
rn_status rn_checkpoint_keep_previous(const char *folder);
rn_status rn_checkpoint_restore_previous(const char *folder);
rn_status rn_checkpoint_drop_previous(const char *folder);

/* Writes FOLDER/model.safetensors: parameters and running statistics, with PyTorch's names. */
rn_status rn_checkpoint_write_model(const char *folder, rn_session *session,
                                    const rn_position *position);

/* Reads weights for evaluation; `path` NULL: FOLDER/model.safetensors. A file that says with which
 * configuration it was made must have this network, mean and std, unless `allow_changed`. */
rn_status rn_checkpoint_read_model(const char *folder, const char *path, rn_session *session,
                                   bool allow_changed);

#endif
