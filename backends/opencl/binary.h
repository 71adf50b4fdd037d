/* binary.h: compiled programs in files of the user's cache. */
#ifndef RN_BACKENDS_OPENCL_BINARY_H
#define RN_BACKENDS_OPENCL_BINARY_H

#include "opencl/opencl.h"

/* What a program is known by: device, driver, options and all texts, one after the other. */
typedef struct opencl_key {
    const char *parts[16]; /* ends with NULL */
} opencl_key;

typedef enum opencl_find {
    OPENCL_ABSENT,
    OPENCL_FOUND,
    OPENCL_DAMAGED
} opencl_find;

/* The binary kept for the key, in memory that the caller frees. A file that is damaged is as good
 * as none. */
opencl_find opencl_binary_load(const opencl_key *key, unsigned char **binary, size_t *bytes);

/* Keeps it, in place of what there was. False, with errno, where it cannot. */
bool opencl_binary_save(const opencl_key *key, const unsigned char *binary, size_t bytes);

/* The file's path, for messages; "": there is no folder for it. */
void opencl_binary_path(const opencl_key *key, char *path, size_t bytes);

#endif
