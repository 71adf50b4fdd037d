/* safetensors.h: named tensors in Hugging Face's format: 8-byte length, JSON header, data. */
#ifndef RN_CORE_IO_SAFETENSORS_H
#define RN_CORE_IO_SAFETENSORS_H

#include <resnet/status.h>
#include <resnet/tensor.h>

/* One tensor of a file or to be written. */
typedef struct rn_named_tensor {
    const char *name;
    int32_t dtype; /* RN_F32, RN_I32, RN_U8; a file may also hold F64, I64, BOOL, F16, BF16: floats
                      are converted to RN_F32 on reading, integers to RN_I32 where they fit */
    int32_t rank;
    int64_t shape[RN_MAX_RANK];
    const void *data;
} rn_named_tensor;

/* A file that was read. */
typedef struct rn_safetensors {
    rn_named_tensor *tensors;
    int64_t n_tensors;
    char **metadata; /* key, value, key, value, … */
    int64_t n_metadata;
    void *storage; /* the implementation's own */
} rn_safetensors;

/* Reads and checks everything: lengths, offsets that overlap or leave the file, shapes that do not
 * match the bytes, duplicate names. RN_E_DATA says what and where. */
rn_status rn_safetensors_read(const char *path, rn_safetensors **out);
const rn_named_tensor *rn_safetensors_find(const rn_safetensors *file, const char *name);
const char *rn_safetensors_metadata(const rn_safetensors *file, const char *key); /* or NULL */
void rn_safetensors_destroy(rn_safetensors *file);

/* Writes atomically. `metadata` is key, value, …; n_metadata counts strings. */
rn_status rn_safetensors_write(const char *path, const rn_named_tensor *tensors, int64_t n_tensors,
                               const char *const *metadata, int64_t n_metadata);

#endif
