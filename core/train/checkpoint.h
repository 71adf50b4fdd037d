/* checkpoint.h: everything that a training run needs to resume exactly where it stopped. */
#ifndef RN_CORE_TRAIN_CHECKPOINT_H
#define RN_CORE_TRAIN_CHECKPOINT_H

#include "train/position.h"
#include "train/session.h"

/* Bytes of all checkpoints and models that the cfg keeps, without their headers. */
uint64_t rn_checkpoint_bytes(const rn_session *session);

/* A copy in host memory of what a file is to hold, which may be written from any thread while
 * training goes on. */
typedef struct rn_snapshot rn_snapshot;

/* Takes a snapshot for FOLDER/checkpoint.safetensors: kept tensors, position and cfg. RN_E_NOMEM;
 * *out is then NULL. */
rn_status rn_snapshot_checkpoint(const char *folder, rn_session *session,
                                 const rn_position *position, rn_snapshot **out);
void rn_snapshot_destroy(rn_snapshot *snapshot);

/* Writes its file, atomically. RN_E_DIVERGED names a tensor that is not finite; the file is then
 * unchanged. */
rn_status rn_snapshot_write(const rn_snapshot *snapshot);

/* Takes and writes one. */
rn_status rn_checkpoint_write(const char *folder, rn_session *session, const rn_position *position);

/* Writes FOLDER/model.safetensors: parameters and running statistics, with PyTorch's names; and
 * FOLDER/model_ema.safetensors, their averages, where the cfg keeps them; else removes it, as it
 * is of a time when the cfg did. */
rn_status rn_checkpoint_write_model(const char *folder, rn_session *session,
                                    const rn_position *position);

/* Reads the checkpoint. RN_E_DATA: it is missing or damaged, or its network, data or training
 * differ from this run's; `allow_changed` accepts other values of the cfg if the parameters fit. */
rn_status rn_checkpoint_read(const char *folder, rn_session *session, bool allow_changed,
                             rn_position *position);

/* Removes the checkpoint. */
rn_status rn_checkpoint_remove(const char *folder);

/* Keep the checkpoint when the next one is written; make the kept one the checkpoint again; remove
 * the kept one. Each does nothing if there is none. */
rn_status rn_checkpoint_keep_previous(const char *folder);
rn_status rn_checkpoint_restore_previous(const char *folder);
rn_status rn_checkpoint_drop_previous(const char *folder);

#endif
