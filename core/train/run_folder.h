/* run_folder.h: the folder of a training run: what it holds, who writes to it, and whether there is
 * room. One run at a time writes to a folder, and a run is overwritten only on request. */
#ifndef RN_CORE_TRAIN_RUN_FOLDER_H
#define RN_CORE_TRAIN_RUN_FOLDER_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

/* How a run starts. */
typedef enum rn_start {
    RN_START_NEW = 1,   /* in a folder that holds no run */
    RN_START_OVERWRITE, /* whatever the folder holds */
    RN_START_RESUME,    /* from the checkpoint */
    RN_START_AUTO       /* from the checkpoint if there is one, else as a new run */
} rn_start;

/* Sets *resumes to whether the run starts from the folder's checkpoint. RN_E_USAGE: the folder
 * holds a run that may not be overwritten. RN_E_DATA: the checkpoint is missing. Changes
 * nothing. */
rn_status rn_run_folder_check(const char *folder, rn_start start, bool *resumes);

/* The name of a file that the last run in this folder left; NULL: there is none. */
const char *rn_run_folder_trace(const char *folder);

/* Checks that the folder can be created and written to. Changes nothing. */
rn_status rn_run_folder_probe(const char *folder);

/* Checks that there is room for `bytes`. Succeeds if the file system does not report free space. */
rn_status rn_run_folder_room(const char *folder, uint64_t bytes);

/* Creates the folder, locks it against other runs, and removes half-written files that a killed run
 * left. RN_E_IO names the process that holds the lock. */
rn_status rn_run_folder_lock(const char *folder, int *lock);
void rn_run_folder_unlock(const char *folder, int lock);

/* Removes the files of an earlier run from the folder, except its checkpoint. */
rn_status rn_run_folder_clear(const char *folder);

#endif
