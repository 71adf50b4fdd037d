/* file.h: atomic writing and safe reading of files and folders. */
#ifndef RN_CORE_IO_FILE_H
#define RN_CORE_IO_FILE_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A file being written under a temporary name in the same folder. rn_file_commit gives it its final
 * name: flush, fsync, rename, fsync of the folder. */
typedef struct rn_file rn_file;

rn_status rn_file_create(const char *path, rn_file **out);

/* The same for a large file: where the file system can, it has no name before it is committed, so
 * that a writer that is killed leaves nothing behind. */
rn_status rn_file_create_unnamed(const char *path, rn_file **out);

/* RN_E_IO if a file of this name could not be written: before what it is to hold is computed.
 * Changes nothing. */
rn_status rn_file_check(const char *path);

FILE *rn_file_stream(rn_file *file);
rn_status rn_file_write(rn_file *file, const void *data, uint64_t size_bytes);

/* Reads bytes that were written, from byte `at` on. */
rn_status rn_file_reread(rn_file *file, void *to, uint64_t size_bytes, uint64_t at);

/* Renames the file to its final name and frees `file`. On failure (a full disk) an older file of
 * that name is unchanged. */
rn_status rn_file_commit(rn_file *file);

/* Removes the temporary file and frees `file`, which may be NULL. */
void rn_file_discard(rn_file *file);

/* Writes a whole file, as one of the above; and one that is a text. */
rn_status rn_file_write_whole(const char *path, const void *data, uint64_t size_bytes);
rn_status rn_file_write_text(const char *path, const char *text);

/* Gives a file that will only ever be replaced as a whole a second name, atomically: a link, or a
 * copy where there are none. */
rn_status rn_file_duplicate(const char *from, const char *to);

#define RN_PATH_SIZE 4096

/* Sets `path` to FOLDER/NAME. RN_E_IO if that is too long. */
rn_status rn_path_join(char path[RN_PATH_SIZE], const char *folder, const char *name);

/* Creates a folder and its parents. RN_E_IO if it cannot be created or is not writable. */
rn_status rn_folder_create(const char *path);

/* Removes the files that `is_chosen` is true for, given the context and their names. RN_E_IO after
 * all were tried. */
rn_status rn_folder_remove(const char *path, bool (*is_chosen)(const void *, const char *),
                           const void *context);

/* Removes the temporary files that killed writers left in this folder; ignores what it cannot
 * remove. Nobody else may be writing there. */
void rn_folder_sweep(const char *path);

/* Opens a regular file for reading and sets `*size_bytes` unless it is NULL. RN_E_IO for anything
 * else (a folder, a pipe that would hang). The caller closes `*fd`. */
rn_status rn_file_open(const char *path, int *fd, uint64_t *size_bytes);

/* Reads a whole file. The caller frees `*data`, which is followed by an extra 0 byte. */
rn_status rn_file_read(const char *path, uint8_t **data, uint64_t *size_bytes);

#endif
