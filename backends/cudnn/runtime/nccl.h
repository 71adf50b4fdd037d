/* nccl.h: NVIDIA's NCCL, loaded when several GPUs are requested. */
#ifndef BACKENDS_CUDNN_RUNTIME_NCCL_H
#define BACKENDS_CUDNN_RUNTIME_NCCL_H

#include "cudnn/cudnn.h"

#ifdef HAVE_NCCL
#include <nccl.h>

/* clang-format off */
#define CUDNN_NCCL_FUNCTIONS(X)                                                                    \
    X(GetVersion)                                                                                  \
    X(GetUniqueId)                                                                                 \
    X(CommInitRankConfig)                                                                          \
    X(CommSplit)                                                                                   \
    X(CommDestroy)                                                                                 \
    X(CommAbort)                                                                                   \
    X(CommGetAsyncError)                                                                           \
    X(AllReduce)                                                                                   \
    X(GroupStart)                                                                                  \
    X(GroupEnd)                                                                                    \
    X(GetErrorString)                                                                              \
    X(GetLastError)
/* clang-format on */

/* NCCL's functions without their prefix: GetVersion is ncclGetVersion. */
typedef struct cudnn_nccl {
    void *library;
#define NCCL_MEMBER(name) __typeof__(&nccl##name) name;
    CUDNN_NCCL_FUNCTIONS(NCCL_MEMBER)
#undef NCCL_MEMBER
} cudnn_nccl;

/* Loads NCCL at the first call, for the process's lifetime. RN_E_DEVICE if missing or too old. */
rn_status cudnn_nccl_load(const cudnn_nccl **nccl);

/* Like cudnn_cuda_check(). */
rn_status cudnn_nccl_check(const cudnn_nccl *nccl, ncclResult_t error, const char *what);
#endif

#endif
