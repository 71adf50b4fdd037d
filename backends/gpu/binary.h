/* binary.h: compiled programs, as files in the user's cache. */
#ifndef BACKENDS_GPU_BINARY_H
#define BACKENDS_GPU_BINARY_H

#include <resnet/host.h>
#include <stdbool.h>
#include <stddef.h>

/* What identifies a program: the target, the compiler, the options and all texts, in order. */
typedef struct gpu_binary_key {
    const char *backend;   /* a short name; its folder in the cache */
    const char *parts[16]; /* ends with NULL */
} gpu_binary_key;

typedef enum gpu_binary_find { BINARY_ABSENT, BINARY_FOUND, BINARY_DAMAGED } gpu_binary_find;

/* Loads the binary kept for the key; the caller frees it. A file that others could have written is
 * ignored, as if absent. */
gpu_binary_find gpu_binary_load(const rn_host *host, const gpu_binary_key *key,
                                unsigned char **binary, size_t *bytes);

/* Notes that a file was useless: it is BINARY_DAMAGED, or else the driver rejected the binary. */
void gpu_binary_note_useless(const rn_host *host, const gpu_binary_key *key, gpu_binary_find found);

/* Stores the binary, replacing any previous one. On failure, notes it and returns false. */
bool gpu_binary_save(const rn_host *host, const gpu_binary_key *key, const unsigned char *binary,
                     size_t bytes);

/* Replaces the control characters of a compiler's log, so that it is one printable line. */
void gpu_binary_log_flatten(char *log);

#endif
