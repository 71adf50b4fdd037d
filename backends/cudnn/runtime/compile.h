/* compile.h: NVRTC, which makes of a program's text what a GPU runs. */
#ifndef BACKENDS_CUDNN_RUNTIME_COMPILE_H
#define BACKENDS_CUDNN_RUNTIME_COMPILE_H

#include "cudnn/cudnn.h"

enum { CUDNN_MAX_TEXTS = 5, CUDNN_OPTIONS_BYTES = 640, CUDNN_TARGET_BYTES = 48 };

/* A program. */
typedef struct cudnn_source {
    const char *texts[CUDNN_MAX_TEXTS];
    char options[CUDNN_OPTIONS_BYTES]; /* with blanks between them */
} cudnn_source;

/* The compute capability of the oldest GPU that there is code for. */
rn_status cudnn_compiler_oldest(int32_t *arch);

/* The option for a GPU that is not older than that: its machine code, or, where NVRTC is older than
 * the GPU, PTX for the newest one that it knows, which the driver compiles. */
rn_status cudnn_compile_target(int32_t arch, char target[CUDNN_TARGET_BYTES]);

/* "NVRTC 13.0". */
void cudnn_compiler_name(char name[CUDNN_TARGET_BYTES]);

/* What cudaLibraryLoadData takes, in memory that the caller frees. A failure quotes the log. */
rn_status cudnn_compile(const cudnn_source *source, unsigned char **image, size_t *bytes);

#endif
