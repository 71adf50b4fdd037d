/* device.h: the GPUs and NVIDIA libraries of this machine. */
#ifndef BACKENDS_CUDNN_RUNTIME_DEVICE_H
#define BACKENDS_CUDNN_RUNTIME_DEVICE_H

#include "cudnn/cudnn.h"

enum { CUDNN_MAX_DEVICES = 64, CUDNN_VERSIONS_BYTES = 128 };

/* One GPU. Texts are printable ASCII. */
typedef struct cudnn_found {
    char name[128];
    char refused[96]; /* why it cannot be used; "": it can */
    int32_t arch, multiprocessors;
    uint64_t memory_bytes;
} cudnn_found;

typedef struct cudnn_found_list {
    int32_t n;
    cudnn_found devices[CUDNN_MAX_DEVICES]; /* indexed by CUDA's number */
} cudnn_found_list;

/* ---- device.c ---- */
/* Fills the list; GPUs that cannot be used have `refused` set. */
rn_status cudnn_devices(cudnn_found_list *list);

/* ---- device_number.c ---- */
/* The number of the GPU that the text selects. "": the first; "N": number N; otherwise a name or a
 * part of one. RN_E_DEVICE if none or several match, or if the GPU cannot be used. */
rn_status cudnn_device_number(const cudnn_found_list *list, const char *text, int32_t *number);

/* ---- versions.c ---- */
/* The versions found: "CUDA 13.0, cuDNN 9.19.0, cuBLAS 13.1, driver 13.0". */
void cudnn_versions(char text[CUDNN_VERSIONS_BYTES]);
/* Fails if the libraries found are incompatible with each other or with this plugin. */
rn_status cudnn_versions_check(void);
/* Fails for cudaErrorInsufficientDriver; the message names the driver found, the driver needed and
 * the remedy. */
rn_status cudnn_driver_fail(void);

#endif
