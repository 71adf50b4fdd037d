/* formats.h: the formats of files of weights. */
#ifndef RN_CORE_WEIGHTS_FORMATS_H
#define RN_CORE_WEIGHTS_FORMATS_H

#include "weights/weights.h"

/* A format: one file. */
typedef struct rn_weights_format {
    const char *name; /* for messages */
    /* Whether a file of `size` bytes that begins with these `count` bytes is of this format. */
    bool (*recognise)(const uint8_t *bytes, uint64_t count, uint64_t size);
    /* Adds the tensors of a file. `key` is the entry of a checkpoint to take, NULL: the usual
     * ones; formats without entries ignore it. */
    rn_status (*read)(rn_weights *weights, const char *path, const char *key);
} rn_weights_format;

/* In the order in which they are tried. */
#define RN_WEIGHTS_FORMATS(FORMAT)                                                                 \
    FORMAT(safetensors)  /* safetensors_format.c */                                                \
    FORMAT(torch_zip)    /* torch/zip_format.c */                                                  \
    FORMAT(torch_legacy) /* torch/legacy_format.c */                                               \
    FORMAT(onnx)         /* onnx/format.c */

#define RN_WEIGHTS_DECLARE(name) extern const rn_weights_format rn_weights_##name;
RN_WEIGHTS_FORMATS(RN_WEIGHTS_DECLARE)

#endif
