/* opencl.h: what the files of this backend share: contexts, operators, kernels, launches. */
#ifndef RN_BACKENDS_OPENCL_H
#define RN_BACKENDS_OPENCL_H

#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <resnet/plugin.h>
#include <stdbool.h>

#include "base/shape.h"
#include "gpu/kernel.h"

/* X(operator): each is `opencl_<operator>`, in the file of its first words. S(operator): shared,
 * `gpu_<operator>`. */
/* clang-format off */
#define OPENCL_OPERATORS(X, S)                                                                     \
    X(relu)                                                                                        \
    X(relu_grad)                                                                                   \
    X(add)                                                                                         \
    X(sgd)                                                                                         \
    X(check_finite)                                                                                \
    X(batch_norm)                                                                                  \
    X(batch_norm_grad)                                                                             \
    X(batch_norm_fold)                                                                             \
    X(linear)                                                                                      \
    X(linear_grad_input)                                                                           \
    X(linear_grad_weight)                                                                          \
    X(conv2d)                                                                                      \
    X(conv2d_grad_input)                                                                           \
    X(conv2d_grad_weight)                                                                          \
    X(reorder)                                                                                     \
    X(max_pool)                                                                                    \
    X(max_pool_grad)                                                                               \
    X(avg_pool)                                                                                    \
    X(avg_pool_grad)                                                                               \
    X(subsample)                                                                                   \
    X(subsample_grad)                                                                              \
    S(concat)                                                                                      \
    S(concat_grad)                                                                                 \
    X(dropout)                                                                                     \
    X(dropout_grad)                                                                                \
    X(global_avg_pool)                                                                             \
    X(global_avg_pool_grad)                                                                        \
    S(softmax)                                                                                     \
    S(softmax_cross_entropy)                                                                       \
    S(softmax_cross_entropy_grad)
/* clang-format on */

/* Images (rank 4) in fp16: RN_LAYOUT_PLAIN's order, IEEE halves. The description stays RN_F32. */
enum { OPENCL_LAYOUT_HALF = RN_LAYOUT_OPAQUE };

/* What the device allows; read from it, never assumed. */
typedef struct opencl_limits {
    bool is_cpu;               /* groups of one work-item, and no gain from local memory */
    uint64_t group_items;      /* work-items of a group, at most */
    uint64_t local_bytes;      /* local memory of a group */
    uint64_t allocation_bytes; /* one buffer, at most */
    uint32_t compute_units;
} opencl_limits;

/* How products of matrices are divided; product.h. */
typedef struct opencl_product {
    int32_t rows, vector, vectors; /* an item's: rows x (vectors of `vector` columns) */
    int32_t items_m, items_n;      /* of a group; 1 and 1: a panel for one item */
    int32_t blocks; /* of rows that an item goes through with one panel; 1 with more items */
    int32_t depth;  /* of what lies in local memory at a time */
    int32_t fused;  /* 1: by fma(), not by mad() */
} opencl_product;

typedef struct opencl_programs opencl_programs; /* program.c */
typedef struct opencl_staging opencl_staging;   /* staging.c */
typedef struct opencl_decided opencl_decided;   /* conv2d/choose.c */
typedef struct opencl_record opencl_record;     /* profile.c */

/* An opened device. */
struct rn_context {
    int32_t number; /* of the device; device.h */
    bool has_run;   /* the steps have begun */
    cl_platform_id platform;
    cl_device_id device; /* or a part of it, with --threads */
    cl_context cl;
    cl_command_queue queue; /* in order; the one that is used now */
    opencl_limits limits;
    int32_t precision, convolution, tuning; /* rn_precision, rn_convolution, rn_tuning */
    int32_t deterministic;                  /* 1: nothing is chosen by the clock */
    int32_t group; /* items of a one-dimensional group, a power of two; GROUP in prelude.cl */
    opencl_product product;
    bool uses_clblast; /* clblast.c */
    char machine[384]; /* device, driver and platform with their versions: what a cache goes by */
    struct choices *choices; /* what was fastest here */
    opencl_decided *decided; /* of convolutions, in this session */
    uint64_t timing_ns;      /* which that took */
    opencl_programs *programs;
    opencl_staging *staging;
    opencl_record *record;
};

/* Each operand is two arguments; see OPERAND in prelude.cl. */
struct gpu_launch {
    cl_kernel kernel;
    const char *function;
    int32_t n_operands;
    cl_uint n_args;
    cl_int error;  /* the first of an argument that was not taken */
    int32_t group; /* items of a usual group: context->group */
    size_t global[3], local[3];
};

#define OPENCL_DECLARE(op) extern const gpu_operator opencl_##op;
#define OPENCL_SHARED(op)
OPENCL_OPERATORS(OPENCL_DECLARE, OPENCL_SHARED)
#undef OPENCL_SHARED
#undef OPENCL_DECLARE

/* ---- errors.c ---- */
/* What failed, as a status whose text names OpenCL's error and its remedy: RN_E_NOMEM, or
 * RN_E_DEVICE. `what` completes "OpenCL could not ...". RN_OK where `error` is CL_SUCCESS. */
rn_status opencl_check(cl_int error, const char *what);
const char *opencl_error_name(cl_int error); /* "CL_INVALID_VALUE" */

/* ---- program.c ---- */
/* Kernel `function` of a program, compiled or found; the caller releases it. The program stays in
 * the context, and in the user's cache for the next start. A failed build quotes the compiler's
 * log. */
rn_status opencl_kernel_create(rn_context *context, const gpu_code *code, const char *function,
                               cl_kernel *kernel);
/* At close. */
void opencl_programs_free(rn_context *context);

/* ---- launch.c; the rest is gpu/launch.h's ---- */
/* So much local memory as an argument. */
void opencl_arg_local(gpu_launch *launch, size_t bytes);
/* Another value for the last argument, an `int`, of what is enqueued from now on. */
void opencl_arg_last(gpu_launch *launch, int64_t value);

/* ---- kernel.c ---- */
rn_status opencl_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace);

/* ---- memory.c ---- */
cl_mem opencl_memory(rn_operand operand); /* NULL: absent */
rn_status opencl_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer);
void opencl_buffer_destroy(rn_context *context, rn_buffer *buffer);

/* ---- staging.c ---- */
rn_status opencl_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
rn_status opencl_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes);
rn_status opencl_synchronize(rn_context *context);
void opencl_staging_free(rn_context *context);

/* ---- device.c ---- */
rn_status opencl_device_count(int32_t *count);
rn_status opencl_device_info(int32_t index, rn_device_info *info);
rn_status opencl_context_info(rn_context *context, rn_device_info *info);
/* Opens the device that params->device means, or params->threads of its processors: fills number,
 * platform, device, machine, limits and group. The caller releases the device. */
rn_status opencl_device_choose(const rn_open_params *params, rn_context *context);

/* ---- conv2d/choose.c ---- */
void opencl_conv2d_decided_free(opencl_decided *decided);

/* ---- profile.c ---- */
const void *opencl_extension(rn_context *context, const char *id);
/* Around what is enqueued: where its event goes (`event`, or NULL while nothing is recorded), and
 * the launch that the event tells the times of (NULL: none), which the record takes. */
cl_event *opencl_record_event(const rn_context *context, cl_event *event);
void opencl_record_add(rn_context *context, const char *function, cl_event event);
/* Another `run` begins. */
void opencl_record_run(rn_context *context);
void opencl_record_free(rn_context *context);

#endif
