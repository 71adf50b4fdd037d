/* file.h: files that are either there and whole, or as they were. */
#ifndef RN_CORE_IO_FILE_H
#define RN_CORE_IO_FILE_H

#include <resnet/status.h>
#include <stdint.h>
#include <stdio.h>

/* A file being written beside its final name; it takes the name in rn_file_commit (flush, fsync,
 * rename, fsync of the folder). */
typedef struct rn_file rn_file;

rn_status rn_file_create(const char *path, rn_file **out);
FILE *rn_file_stream(rn_file *file);
rn_status rn_file_write(rn_file *file, const void *data, uint64_t size_bytes);

/* Makes the file final and frees `file`. On failure (a full disk) the old file stays. */
rn_status rn_file_commit(rn_file *file);

/* Forgets what was written; NULL is fine. */
void rn_file_discard(rn_file *file);

#define RN_PATH_SIZE 4096

/* FOLDER/NAME. RN_E_IO where that is too long. */
rn_status rn_path_join(char path[RN_PATH_SIZE], const char *folder, const char *name);

/* Creates a folder and its parents. RN_E_IO where it cannot be made or written to. */
rn_status rn_folder_create(const char *path);

/* Removes what killed writers of files in this folder have left. Nobody else may be writing there.
 * What cannot be removed stays. */
void rn_folder_sweep(const char *path);

/* Opens a regular file for reading and tells its size (which may be NULL); anything else (a folder,
 * a pipe that would hang) is RN_E_IO. The caller closes `*fd`. */
rn_status rn_file_open(const char *path, int *fd, uint64_t *size_bytes);

/* Reads a whole file; `*data` is freed by the caller and ends in an extra 0 byte. */
rn_status rn_file_read(const char *path, uint8_t **data, uint64_t *size_bytes);

#endif
