/* compile.h: compiles programs for a GPU with NVRTC. */
#ifndef BACKENDS_CUDNN_RUNTIME_COMPILE_H
#define BACKENDS_CUDNN_RUNTIME_COMPILE_H

#include "cudnn/cudnn.h"

enum { CUDNN_MAX_TEXTS = 1 + GPU_MAX_TEXTS, CUDNN_OPTIONS_BYTES = 640, CUDNN_TARGET_BYTES = 48 };

/* A program: its texts in order, up to the first NULL, and its options. */
typedef struct cudnn_source {
    const char *texts[CUDNN_MAX_TEXTS];
    char options[CUDNN_OPTIONS_BYTES]; /* separated by blanks */
} cudnn_source;

/* The lowest compute capability that NVRTC supports, 75 for 7.5. */
rn_status cudnn_compiler_oldest(int32_t *arch);

/* The architecture option for a GPU with at least that compute capability: machine code for it, or,
 * if NVRTC does not know the GPU, PTX for the newest older one, which the driver compiles. */
rn_status cudnn_compile_target(int32_t arch, char target[CUDNN_TARGET_BYTES]);

/* The compiler's name and version: "NVRTC 13.0". */
void cudnn_compiler_name(char name[CUDNN_TARGET_BYTES]);

/* Compiles to an image for cudaLibraryLoadData, which the caller frees. Errors quote the log. */
rn_status cudnn_compile(const cudnn_source *source, unsigned char **image, size_t *bytes);

#endif
