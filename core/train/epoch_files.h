/* epoch_files.h: the checkpoints of the last epochs, FOLDER/checkpoint-epoch12.safetensors. */
#ifndef RN_CORE_TRAIN_EPOCH_FILES_H
#define RN_CORE_TRAIN_EPOCH_FILES_H

#include <resnet/status.h>
#include <stdint.h>

/* Keeps the folder's checkpoint as that of an epoch. */
rn_status rn_epoch_files_add(const char *folder, int64_t epoch);

/* Removes the files of all epochs but the `n` up to `last`. */
rn_status rn_epoch_files_keep(const char *folder, int64_t last, int64_t n);

#endif
