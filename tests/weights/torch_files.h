/* torch_files.h: PyTorch's files, made of a pickle that a test spells out. */
#ifndef RN_TESTS_TORCH_FILES_H
#define RN_TESTS_TORCH_FILES_H

#include <resnet/status.h>
#include <stddef.h>

#include "weights/weights.h"

/* Bytes with a 0 after them; a literal's length is taken from it. */
typedef struct torch_bytes {
    const char *bytes;
    size_t size;
} torch_bytes;
#define TORCH_BYTES(literal)                                                                       \
    {                                                                                              \
        "" literal, sizeof literal - 1                                                             \
    }

/* A value of a pickle: the tensor of four floats in storage "0", by the arguments that tell where
 * they lie: "K\0K\4\x85K\1\x85" is offset 0, shape (4), strides (1). */
#define TORCH_STORAGE                                                                              \
    "(U\7storagectorch\nFloatStorage\nU\1"                                                         \
    "0U\3cpuK\4tQ"
#define TORCH_TENSOR_AT(place) "ctorch._utils\n_rebuild_tensor_v2\n(" TORCH_STORAGE place "\x89NtR"
#define TORCH_TENSOR TORCH_TENSOR_AT("K\0K\4\x85K\1\x85")

/* Writes the zip form, with the pickle and the storage "0" of 1, 2, 3, 4, and opens it with `key`
 * (NULL: none). The parts are joined. `*weights` is NULL on failure. */
rn_status torch_open(const torch_bytes *parts, size_t n_parts, const char *key,
                     rn_weights **weights);

/* The same with the older form; the storage is there if `has_storage`. */
rn_status torch_open_legacy(const torch_bytes *parts, size_t n_parts, bool has_storage,
                            rn_weights **weights);

/* Opens any bytes as a file. */
rn_status torch_open_bytes(const void *bytes, size_t size, rn_weights **weights);

/* The zip form in memory, which the caller frees. */
char *torch_zip(const torch_bytes *parts, size_t n_parts, size_t *size);

#endif
