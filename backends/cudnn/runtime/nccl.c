/* nccl.c: loads NCCL, and turns its errors into messages. */
#include "cudnn/runtime/nccl.h"

#ifdef HAVE_NCCL
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

#include "gpu/binary.h"

/* 2.18, the first with ncclCommSplit (NCCL release notes), in ncclGetVersion's encoding since 2.9.
 * Communicators that do not block are there since 2.14. */
enum { OLDEST = 21800 };

static rn_status functions_find(cudnn_nccl *nccl)
{
    const char *missing = NULL;
    int version = 0;
#define NCCL_FIND(name)                                                                            \
    *(void **)&nccl->name = dlsym(nccl->library, "nccl" #name);                                    \
    missing = nccl->name ? missing : "nccl" #name;
    CUDNN_NCCL_FUNCTIONS(NCCL_FIND)
#undef NCCL_FIND
    if (missing)
        return gpu_host->fail(RN_E_DEVICE,
                              "libnccl.so.2 has no function %s; install NCCL 2.18 "
                              "or later",
                              missing);
    rn_status status = cudnn_nccl_check(nccl, nccl->GetVersion(&version), "tell its version");
    if (!status && version < OLDEST)
        status = gpu_host->fail(RN_E_DEVICE,
                                "libnccl.so.2 is version %d.%d, and several GPUs "
                                "need 2.18 or later",
                                version / 1000, version % 1000 / 100);
    return status;
}

/* Where the loader does not find it, a program of ABI 0.11 or later may. */
static void *library_find(char path[PATH_MAX])
{
    const size_t end = offsetof(rn_host, find_library) + sizeof gpu_host->find_library;
    path[0] = 0;
    if (gpu_host->size < end || gpu_host->find_library("libnccl.so.2", path, PATH_MAX))
        return NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    path[0] = 0;
    return library;
}

static rn_status library_open(cudnn_nccl *nccl)
{
    char why[400], refused[PATH_MAX];
    nccl->library = dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
    if (nccl->library)
        return functions_find(nccl);
    snprintf(why, sizeof why, "%s", dlerror());
    nccl->library = library_find(refused);
    if (nccl->library)
        return functions_find(nccl);
    return gpu_host->fail(RN_E_DEVICE,
                          "several GPUs need NVIDIA's NCCL, and libnccl.so.2 cannot "
                          "be loaded; install it for CUDA %d, or put its folder on "
                          "LD_LIBRARY_PATH%s%s (the loader says: %s)",
                          CUDART_VERSION / 1000, refused[0] ? "; " : "", refused, why);
}

rn_status cudnn_nccl_load(const cudnn_nccl **nccl)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static cudnn_nccl loaded;
    static bool is_loaded;
    pthread_mutex_lock(&lock);
    rn_status status = is_loaded ? RN_OK : library_open(&loaded);
    is_loaded = !status;
    pthread_mutex_unlock(&lock);
    *nccl = &loaded;
    return status;
}

rn_status cudnn_nccl_check(const cudnn_nccl *nccl, ncclResult_t error, const char *what)
{
    char details[400] = "";
    if (!error)
        return RN_OK;
    const char *last = nccl->GetLastError(NULL), *name = nccl->GetErrorString(error);
    snprintf(details, sizeof details, "%s", last ? last : "");
    gpu_binary_log_flatten(details);
    return gpu_host->fail(RN_E_DEVICE,
                          "NCCL could not %s: %s%s%s%s; NCCL_DEBUG=WARN in the "
                          "environment shows more",
                          what, name ? name : "an unknown error", details[0] ? " (" : "", details,
                          details[0] ? ")" : "");
}
#endif
