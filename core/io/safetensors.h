/* safetensors.h: files of named tensors in Hugging Face's format: the header's length in 8 bytes, a
 * JSON header, the data. */
#ifndef RN_CORE_IO_SAFETENSORS_H
#define RN_CORE_IO_SAFETENSORS_H

#include <resnet/status.h>
#include <resnet/tensor.h>

#include "io/stored.h"

/* A tensor that was read, or is to be written. */
typedef struct rn_named_tensor {
    const char *name;
    int32_t dtype; /* RN_F32, RN_I32 or RN_U8; what other types become: element.h */
    int32_t rank;
    int64_t shape[RN_MAX_RANK];
    const void *data;
} rn_named_tensor;

/* A file that was read. Everything in it is valid until rn_safetensors_destroy. */
typedef struct rn_safetensors {
    rn_named_tensor *tensors; /* none after rn_safetensors_open */
    int64_t n_tensors;
    rn_stored_table stored; /* the same, as the file has them */
    char **metadata;        /* key, value, key, value, … */
    int64_t n_metadata;     /* strings */
    void *storage;          /* private */
} rn_safetensors;

/* Reads a file and checks all of it: lengths, offsets that overlap or leave the file, shapes that
 * do not match their data, duplicate names. RN_E_DATA says what is wrong and where. */
rn_status rn_safetensors_read(const char *path, rn_safetensors **out);

/* The same, with the file mapped into memory (io/map.h): only what is looked at is read. */
rn_status rn_safetensors_map(const char *path, rn_safetensors **out);

/* The same, but nothing is converted: there is `stored` alone. */
rn_status rn_safetensors_open(const char *path, rn_safetensors **out);

/* The tensor of that name, the metadata of that key; NULL if there is none. */
const rn_named_tensor *rn_safetensors_find(const rn_safetensors *file, const char *name);
const char *rn_safetensors_metadata(const rn_safetensors *file, const char *key);

void rn_safetensors_destroy(rn_safetensors *file);

/* Writes a file atomically. `metadata` is key, value, …; `n_metadata` counts strings. */
rn_status rn_safetensors_write(const char *path, const rn_named_tensor *tensors, int64_t n_tensors,
                               const char *const *metadata, int64_t n_metadata);

#endif
