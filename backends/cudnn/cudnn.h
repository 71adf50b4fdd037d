/* cudnn.h: what the files of this backend share: contexts, operators, kernels, launches. */
#ifndef RN_BACKENDS_CUDNN_H
#define RN_BACKENDS_CUDNN_H

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>
#include <resnet/plugin.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/shape.h"
#include "gpu/joint.h"
#include "gpu/kernel.h"

/* Where each operator of the ABI's table is implemented: OWN is `cudnn_<name>`, in the file named
 * after its first words; SHARED is `gpu_<name>`; LACKS: unsupported. An operator without a line
 * here does not compile. */
#define CUDNN_CONV2D OWN
#define CUDNN_CONV2D_GRAD_INPUT OWN
#define CUDNN_CONV2D_GRAD_WEIGHT OWN
#define CUDNN_BATCH_NORM OWN
#define CUDNN_BATCH_NORM_FOLD OWN
#define CUDNN_BATCH_NORM_GRAD OWN
#define CUDNN_RELU OWN
#define CUDNN_RELU_GRAD OWN
#define CUDNN_ADD OWN
#define CUDNN_MAX_POOL OWN
#define CUDNN_MAX_POOL_GRAD OWN
#define CUDNN_AVG_POOL OWN
#define CUDNN_AVG_POOL_GRAD OWN
#define CUDNN_GLOBAL_AVG_POOL OWN
#define CUDNN_GLOBAL_AVG_POOL_GRAD OWN
#define CUDNN_FLATTEN LACKS
#define CUDNN_LINEAR OWN
#define CUDNN_LINEAR_GRAD_INPUT OWN
#define CUDNN_LINEAR_GRAD_WEIGHT OWN
#define CUDNN_SOFTMAX SHARED
#define CUDNN_SOFTMAX_CROSS_ENTROPY SHARED
#define CUDNN_SOFTMAX_CROSS_ENTROPY_GRAD SHARED
#define CUDNN_DROPOUT OWN
#define CUDNN_DROPOUT_GRAD OWN
#define CUDNN_SUBSAMPLE OWN
#define CUDNN_SUBSAMPLE_GRAD OWN
#define CUDNN_CONCAT SHARED
#define CUDNN_CONCAT_GRAD SHARED
#define CUDNN_CHECK_FINITE OWN
#define CUDNN_ALL_REDUCE OWN
#define CUDNN_SGD SHARED
#define CUDNN_REORDER OWN
#define CUDNN_SOFT_CROSS_ENTROPY SHARED
#define CUDNN_SOFT_CROSS_ENTROPY_GRAD SHARED
#define CUDNN_DROP_PATH OWN
#define CUDNN_BLEND SHARED
#define CUDNN_SQUARE_SUM SHARED
#define CUDNN_CLIP_NORM SHARED
#define CUDNN_CLIP_VALUE SHARED
#define CUDNN_ADAMW SHARED
#define CUDNN_LAMB SHARED
#define CUDNN_LARS SHARED
#define CUDNN_RMSPROP SHARED
#define CUDNN_ACTIVATION SHARED
#define CUDNN_ACTIVATION_GRAD SHARED
#define CUDNN_MULTIPLY OWN
#define CUDNN_MULTIPLY_GRAD OWN
#define CUDNN_CONV2D_GRAD_INPUT_SUM OWN
#define CUDNN_LOOKUP OWN
#define CUDNN_BATCH_NORM_PAIR OWN
#define CUDNN_BATCH_NORM_PAIR_GRAD OWN

/* Layouts of the precisions other than fp32, which has plain tensors only. Elements are `real`:
 * float with tf32, IEEE halves with fp16, bfloat16 with bf16; the descriptions stay RN_F32. Padded
 * ones have their channels (axis 1) rounded up to CUDNN_ALIGNMENT, with zeros. */
enum {
    CUDNN_LAYOUT_IMAGE = RN_LAYOUT_OPAQUE, /* (N,C,H,W) as N,H,W,C */
    CUDNN_LAYOUT_IMAGE_PADDED,
    CUDNN_LAYOUT_FILTER, /* (K,C,R,S) as K,R,S,C */
    CUDNN_LAYOUT_FILTER_PADDED,
    CUDNN_LAYOUT_VECTOR /* rank 1, in halves */
};

/* The default number of threads per block; GROUP in prelude.cu. */
enum { CUDNN_GROUP = 256 };

typedef struct cudnn_programs cudnn_programs; /* program.c */
typedef struct cudnn_staging cudnn_staging;   /* staging.c */
typedef struct cudnn_decided cudnn_decided;   /* conv2d/choose.c */
typedef struct cudnn_record cudnn_record;     /* profile.c */
typedef struct cudnn_ranks cudnn_ranks;       /* ranks.h */

/* An opened device. */
struct rn_context {
    int32_t device; /* CUDA's number */
    int32_t arch;   /* compute capability, 90 for 9.0 */
    int32_t multiprocessors;
    int32_t precision, convolution, tuning; /* rn_precision, rn_convolution, rn_tuning */
    int32_t deterministic; /* 1: choose nothing by timing, and no nondeterministic algorithm */
    bool has_run;          /* the steps have begun */
    bool is_recording;     /* `run` is recorded into a graph; capture.c */
    cudaStream_t stream;   /* all computation, in order */
    cudaStream_t copies;   /* uploads */
    cudnnHandle_t cudnn;   /* both on `stream` */
    cublasHandle_t cublas;
    void *cublas_workspace;  /* device memory, so that cuBLAS allocates none */
    char machine[384];       /* GPU, driver and libraries with versions: the key of caches */
    struct choices *choices; /* the fastest algorithms on this machine, kept on disk */
    cudnn_decided *decided;  /* this session's choices for convolutions */
    cudnn_programs *programs;
    cudnn_staging *staging;
    cudnn_record *record;
    _Atomic(cudnn_ranks *) ranks; /* NULL: there are no other ranks */
    atomic_bool is_interrupted;   /* another rank cannot go on; set by any thread */
    gpu_joint joint;
};

enum { CUDNN_MAX_ARGS = RN_MAX_OPERANDS + 24, CUDNN_ARG_BYTES = 1024 };

/* Each operand is passed as a pointer; NULL: absent. */
struct gpu_launch {
    cudaKernel_t kernel;
    const char *function;
    int32_t n_operands, n_args;
    const char *error; /* why an argument was refused, or NULL */
    uint32_t used_bytes;
    uint16_t offsets[CUDNN_MAX_ARGS]; /* the arguments' offsets in `values` */
    _Alignas(16) unsigned char values[CUDNN_ARG_BYTES];
    int64_t grid[3];
    int32_t block[3];     /* threads of a block */
    int32_t shared_bytes; /* dynamic shared memory */
};

#define OWN(name) extern const gpu_operator cudnn_##name;
#define SHARED(name)
#define LACKS(name)
#define RN_OP(OPERATOR, name, bytes) CUDNN_##OPERATOR(name)
#include <resnet/operators.h>
#undef OWN
#undef SHARED
#undef LACKS

/* ---- errors.c ---- */
/* Turns a library's error into RN_E_NOMEM or RN_E_DEVICE, with a message that names the error and
 * its remedy; RN_OK if there was none. `what` completes "CUDA could not ..." ("cuDNN ...", "cuBLAS
 * ..."). */
rn_status cudnn_cuda_check(cudaError_t error, const char *what);
rn_status cudnn_dnn_check(cudnnStatus_t error, const char *what);
rn_status cudnn_blas_check(cublasStatus_t error, const char *what);

/* ---- program.c ---- */
/* Finds kernel `function` of a program, compiling it with NVRTC if it is not in the user's cache,
 * where the cubin is kept for the next start. The kernel lives as long as the context. If compiling
 * fails, the message quotes NVRTC's log. */
rn_status cudnn_kernel_find(rn_context *context, const gpu_code *code, const char *function,
                            cudaKernel_t *kernel);
rn_status cudnn_kernel_find_bare(rn_context *context, const gpu_bare_code *code,
                                 const char *function, cudaKernel_t *kernel);
/* At close. */
void cudnn_programs_free(rn_context *context);

/* ---- memory.c ---- */
/* The device address of an operand; NULL: absent. */
void *cudnn_address(rn_operand operand);
rn_status cudnn_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer);
void cudnn_buffer_destroy(rn_context *context, rn_buffer *buffer);
rn_status cudnn_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes);
rn_status cudnn_synchronize(rn_context *context);

/* Bytes of `count` elements, rounded up so that another part of the workspace may follow. */
static inline uint64_t cudnn_bytes(int64_t count, uint64_t element_bytes)
{
    return ((uint64_t)count * element_bytes + 255) / 256 * 256;
}

/* ---- kernel.c ---- */
/* Bytes of a `real`: 4, or 2 for halves. */
uint64_t cudnn_real_bytes(const rn_kernel *kernel);
/* The multiple to which padded tensors round up their channels: 4 floats or 8 halves, NVIDIA's
 * condition for tensor cores (Deep Learning Performance: Convolutional Layers, section "Channels In
 * And Out"). */
int64_t cudnn_alignment(const rn_context *context);
/* The layout in which the kernel takes its operand i. */
int32_t cudnn_layout_of(const rn_kernel *kernel, int32_t i);
/* Channels (axis 1) of a tensor in a layout. */
int64_t cudnn_channels(const rn_context *context, const rn_tensor_desc *t, int32_t layout);
rn_status cudnn_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);
rn_status cudnn_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel);
void cudnn_kernel_destroy(rn_context *context, rn_kernel *kernel);
rn_status cudnn_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                    rn_operand workspace);

/* ---- staging.c ---- */
rn_status cudnn_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
/* The same from pinned memory, which may be changed only when the copy is done. */
rn_status cudnn_upload_pinned(rn_context *context, rn_operand to, const void *from,
                              uint64_t size_bytes);
void cudnn_staging_free(rn_context *context);

/* ---- pinned.c ---- */
extern const struct rn_pinned_memory cudnn_pinned_memory;

/* ---- device.c ---- */
rn_status cudnn_device_count(int32_t *count);
rn_status cudnn_device_info(int32_t index, rn_device_info *info);
rn_status cudnn_context_info(rn_context *context, rn_device_info *info);
/* Finds the device that params->device selects, refuses it if it cannot do params->precision, and
 * fills device, arch, multiprocessors and machine. */
rn_status cudnn_device_choose(const rn_open_params *params, rn_context *context);
/* Directs the calling thread's CUDA calls to this context's device; every slot calls it first. */
rn_status cudnn_enter(const rn_context *context);

/* ---- ranks.c ---- */
int32_t cudnn_rank_count(const rn_context *context); /* 1: there are no other ranks */
/* Replaces `values` (floats in device memory) by their sum over the n ranks in succession that this
 * one is among, on context->stream; n divides cudnn_rank_count(). All ranks call it in the same
 * order. Does nothing without other ranks. */
rn_status cudnn_sum_over_ranks(rn_context *context, int32_t n, float *values, int64_t count);
/* This context's rank, below cudnn_rank_count(); 0 without other ranks. */
int32_t cudnn_rank_index(const rn_context *context);
/* Replaces each of the n tensors, of counts[i] floats, by its mean over all ranks, concurrently
 * with what is enqueued next. Does nothing without other ranks. */
rn_status cudnn_mean_over_ranks(rn_context *context, float *const *values, const int64_t *counts,
                                int32_t n);
/* Makes what is enqueued next wait for the all_reduce in progress, if any. */
rn_status cudnn_ranks_join(rn_context *context);
/* cudnn_wait (memory.h) if there are other ranks; fails if one is lost. */
rn_status cudnn_ranks_wait(rn_context *context, cudaEvent_t event);
/* Drops the pending join: the recording that contained the all_reduce was abandoned. */
void cudnn_ranks_forget(rn_context *context);
/* ---- collective.c ---- */
/* At close. */
void cudnn_ranks_leave(rn_context *context);

/* ---- conv2d/choose.c ---- */
void cudnn_decided_free(cudnn_decided *decided);

/* ---- profile.c, capture.c, collective.c, source.c ---- */
extern const struct rn_source_kernel cudnn_source_kernel;
extern const struct rn_profile cudnn_profile;
extern const struct rn_capture cudnn_capture;
extern const struct rn_collective cudnn_collective;
bool cudnn_record_is_on(const rn_context *context);
/* Called before and after a launch is enqueued; they do nothing unless a profile is recorded. */
rn_status cudnn_record_begin(rn_context *context, const char *function);
rn_status cudnn_record_end(rn_context *context);
void cudnn_record_free(rn_context *context);

#endif
