/* device.h: what was found out about the GPUs and the libraries of this machine. */
#ifndef BACKENDS_CUDNN_RUNTIME_DEVICE_H
#define BACKENDS_CUDNN_RUNTIME_DEVICE_H

#include "cudnn/cudnn.h"

enum { CUDNN_MAX_DEVICES = 64, CUDNN_VERSIONS_BYTES = 128 };

/* One GPU, or why it cannot be used. Texts are printable ASCII. */
typedef struct cudnn_found {
    char name[128];
    char refused[96]; /* "": it can be used */
    int32_t arch, multiprocessors;
    uint64_t memory_bytes;
} cudnn_found;

typedef struct cudnn_found_list {
    int32_t n;
    cudnn_found devices[CUDNN_MAX_DEVICES]; /* by CUDA's number */
} cudnn_found_list;

/* ---- device.c ---- */
rn_status cudnn_devices(cudnn_found_list *list);

/* ---- device_number.c ---- */
/* The number of the GPU that a text means: "": the first; "N": that number; other text is the name
 * or a part of it. RN_E_DEVICE where none or more than one is meant, or the one cannot be used. */
rn_status cudnn_device_number(const cudnn_found_list *list, const char *text, int32_t *number);

/* ---- versions.c ---- */
/* Of the libraries that are there: "CUDA 13.0, cuDNN 9.19.0, cuBLAS 13.1, driver 13.0". */
void cudnn_versions(char text[CUDNN_VERSIONS_BYTES]);
/* Refuses libraries that do not go together. */
rn_status cudnn_versions_check(void);
/* Why the driver cannot be used, where CUDA says cudaErrorInsufficientDriver: what is there, what
 * is needed, what to do. */
rn_status cudnn_driver_fail(void);

#endif
