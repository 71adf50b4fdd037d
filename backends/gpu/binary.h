/* binary.h: compiled programs in files of the user's cache. */
#ifndef BACKENDS_GPU_BINARY_H
#define BACKENDS_GPU_BINARY_H

#include <resnet/host.h>
#include <stdbool.h>
#include <stddef.h>

/* What a program is known by: what it was compiled for and by, options and all texts, one after the
 * other. */
typedef struct gpu_binary_key {
    const char *backend;   /* whose program it is: a folder of the cache; short */
    const char *parts[16]; /* ends with NULL */
} gpu_binary_key;

typedef enum gpu_binary_find { BINARY_ABSENT, BINARY_FOUND, BINARY_DAMAGED } gpu_binary_find;

/* The binary kept for the key, in memory that the caller frees. A file that is damaged, or that
 * others could have written, is as good as none. */
gpu_binary_find gpu_binary_load(const rn_host *host, const gpu_binary_key *key,
                                unsigned char **binary, size_t *bytes);

/* Notes that a file was of no use, because it is BINARY_DAMAGED, or else because the driver did not
 * take what was found. */
void gpu_binary_note_useless(const rn_host *host, const gpu_binary_key *key, gpu_binary_find found);

/* Keeps it, in place of what there was. False where it cannot, which is noted. */
bool gpu_binary_save(const rn_host *host, const gpu_binary_key *key, const unsigned char *binary,
                     size_t bytes);

/* Makes the control characters of a compiler's log printable, so that it is one line. */
void gpu_binary_log_flatten(char *log);

#endif
