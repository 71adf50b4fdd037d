/* kernels.h: how launch.c calls kernels that the stand-in of NVRTC has compiled for the host. */
#ifndef RN_TESTS_CUDASIM_KERNELS_H
#define RN_TESTS_CUDASIM_KERNELS_H

#include "cudasim.h"

typedef struct cudasim_kernel cudasim_kernel;

#define CUDASIM_PARAMETERS 64

/* What a kernel is declared with. */
typedef struct cudasim_parameters {
    int n;
    size_t bytes[CUDASIM_PARAMETERS];
    bool is_pointer[CUDASIM_PARAMETERS]; /* declared with a `*`: has to be device memory or NULL */
    size_t shared_bytes;                 /* of the program's __shared__ variables with a size */
    int max_threads;                     /* its __launch_bounds__; 1024 without */
} cudasim_parameters;

/* For cudaLibraryLoadData: loads the image that the stand-in of NVRTC made; ends by dlclose. NULL:
 * *error is cudaErrorInvalidKernelImage, or cudaErrorNoKernelImageForDevice where it was compiled
 * for another architecture. */
void *cudasim_library_open(const void *image, cudaError_t *error);

/* The kernel of that name in such a library; NULL: there is none. Lives as long as the library is
 * loaded. */
cudasim_kernel *cudasim_kernel_find(void *library_handle, const char *name);

void cudasim_kernel_args(const cudasim_kernel *kernel, cudasim_parameters *parameters);

/* Runs all blocks now; device memory is open. args[i] points to the i-th argument's value.
 * `shared_bytes`: of the `extern __shared__` array. What goes wrong is told by
 * cudasim_late_error. */
void cudasim_kernel_run(cudasim_kernel *kernel, dim3 grid, dim3 block, size_t shared_bytes,
                        void **args);

#endif
