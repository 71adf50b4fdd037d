/* cublas_version.c: the version of the stand-in for cuBLAS: that of NVIDIA's header. */
#include "cublas_sim.h"

cublasStatus_t cublasGetProperty(libraryPropertyType type, int *value)
{
    static const int VERSION[] = { CUBLAS_VER_MAJOR, CUBLAS_VER_MINOR, CUBLAS_VER_PATCH };
    if (cudasim_enter(__func__, true) == CUDASIM_FAIL)
        return cublas_leave(CUBLAS_STATUS_NOT_INITIALIZED);
    if (!value || (unsigned)type > PATCH_LEVEL)
        return cublas_leave(cublas_wrong(__func__, CUBLAS_STATUS_INVALID_VALUE,
                                         "unknown property, or NULL for the value"));
    *value = VERSION[type];
    return cublas_leave(CUBLAS_STATUS_SUCCESS);
}
