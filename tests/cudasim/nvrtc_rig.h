/* nvrtc_rig.h: compiles kernels in tests. */
#ifndef RN_TESTS_NVRTC_RIG_H
#define RN_TESTS_NVRTC_RIG_H

#include <nvrtc.h>
#include <stddef.h>

/* Put before a kernel's name; the kernel runs with at most 256 threads a block. */
#define KERNEL "extern \"C\" __global__ void __launch_bounds__(256) "

typedef struct nvrtc_outcome {
    nvrtcResult result;
    size_t bytes;
    char *image; /* NULL: none */
    char log[4096];
} nvrtc_outcome;

/* Compiles `text` as "test.cu". Options are separated by spaces. Free the image. */
nvrtc_outcome nvrtc_rig_compile(const char *text, const char *options);

#endif
