/* kernels.h: how runtime_launch.c calls kernels that the stand-in for NVRTC compiled for the
 * host. */
#ifndef RN_TESTS_CUDASIM_KERNELS_H
#define RN_TESTS_CUDASIM_KERNELS_H

#include "cudasim.h"

typedef struct cudasim_kernel cudasim_kernel;

#define CUDASIM_PARAMETERS 64

/* A kernel's declaration. */
typedef struct cudasim_parameters {
    int n;
    size_t bytes[CUDASIM_PARAMETERS];
    bool is_pointer[CUDASIM_PARAMETERS]; /* declared with a `*`: must be device memory or NULL */
    size_t shared_bytes;                 /* the program's __shared__ variables of fixed size */
    int registers;                       /* of a thread */
    int max_threads;                     /* its __launch_bounds__; else 1024 */
} cudasim_parameters;

/* For cudaLibraryLoadData: loads an image made by the stand-in for NVRTC; close it with dlclose.
 * NULL: *error is cudaErrorInvalidKernelImage, or cudaErrorNoKernelImageForDevice if it was
 * compiled for another architecture. */
void *cudasim_library_open(const void *image, cudaError_t *error);

/* The kernel of that name; NULL: there is none. Valid while the library is loaded. */
cudasim_kernel *cudasim_kernel_find(void *library_handle, const char *name);

void cudasim_kernel_args(const cudasim_kernel *kernel, cudasim_parameters *parameters);

/* Runs all blocks now; device memory must be open. args[i] points to the value of argument i.
 * `shared_bytes`: size of the `extern __shared__` array. Errors go to cudasim_late_error. */
void cudasim_kernel_run(cudasim_kernel *kernel, dim3 grid, dim3 block, size_t shared_bytes,
                        void **args);

#endif
