/* nvrtc_rig.h: compiling a text of kernels in tests. */
#ifndef RN_TESTS_NVRTC_RIG_H
#define RN_TESTS_NVRTC_RIG_H

#include <nvrtc.h>
#include <stddef.h>

/* Kernels are named after this, and are called with blocks of 256 threads at most. */
#define KERNEL "extern \"C\" __global__ void __launch_bounds__(256) "

typedef struct nvrtc_outcome {
    nvrtcResult result;
    size_t bytes;
    char *image; /* of `bytes`; NULL: none */
    char log[4096];
} nvrtc_outcome;

/* Compiles "test.cu". Options are separated by blanks. Free the image. */
nvrtc_outcome nvrtc_rig_compile(const char *text, const char *options);

#endif
