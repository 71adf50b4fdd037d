/* opencl.h: what the files of this backend share: contexts, operators, kernels, launches. */
#ifndef RN_BACKENDS_OPENCL_H
#define RN_BACKENDS_OPENCL_H

#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <resnet/plugin.h>
#include <stdbool.h>

#include "base/rank_sums.h"
#include "base/shape.h"
#include "gpu/joint.h"
#include "gpu/kernel.h"

/* How this backend implements each operator of the ABI's table. OWN: by `opencl_<name>`, in the
 * file named after its first words; SHARED: by `gpu_<name>`; LACKS: not at all. An operator without
 * a line here does not compile. */
#define OPENCL_CONV2D OWN
#define OPENCL_CONV2D_GRAD_INPUT OWN
#define OPENCL_CONV2D_GRAD_WEIGHT OWN
#define OPENCL_BATCH_NORM OWN
#define OPENCL_BATCH_NORM_FOLD OWN
#define OPENCL_BATCH_NORM_GRAD OWN
#define OPENCL_RELU OWN
#define OPENCL_RELU_GRAD OWN
#define OPENCL_ADD OWN
#define OPENCL_MAX_POOL OWN
#define OPENCL_MAX_POOL_GRAD OWN
#define OPENCL_AVG_POOL OWN
#define OPENCL_AVG_POOL_GRAD OWN
#define OPENCL_GLOBAL_AVG_POOL OWN
#define OPENCL_GLOBAL_AVG_POOL_GRAD OWN
#define OPENCL_FLATTEN LACKS
#define OPENCL_LINEAR OWN
#define OPENCL_LINEAR_GRAD_INPUT OWN
#define OPENCL_LINEAR_GRAD_WEIGHT OWN
#define OPENCL_SOFTMAX SHARED
#define OPENCL_SOFTMAX_CROSS_ENTROPY SHARED
#define OPENCL_SOFTMAX_CROSS_ENTROPY_GRAD SHARED
#define OPENCL_DROPOUT OWN
#define OPENCL_DROPOUT_GRAD OWN
#define OPENCL_SUBSAMPLE OWN
#define OPENCL_SUBSAMPLE_GRAD OWN
#define OPENCL_CONCAT SHARED
#define OPENCL_CONCAT_GRAD SHARED
#define OPENCL_CHECK_FINITE OWN
#define OPENCL_ALL_REDUCE LACKS
#define OPENCL_SGD SHARED
#define OPENCL_REORDER OWN
#define OPENCL_SOFT_CROSS_ENTROPY SHARED
#define OPENCL_SOFT_CROSS_ENTROPY_GRAD SHARED
#define OPENCL_DROP_PATH OWN
#define OPENCL_BLEND SHARED
#define OPENCL_SQUARE_SUM SHARED
#define OPENCL_CLIP_NORM SHARED
#define OPENCL_CLIP_VALUE SHARED
#define OPENCL_ADAMW SHARED
#define OPENCL_LAMB SHARED
#define OPENCL_LARS SHARED
#define OPENCL_RMSPROP SHARED
#define OPENCL_ACTIVATION SHARED
#define OPENCL_ACTIVATION_GRAD SHARED
#define OPENCL_MULTIPLY OWN
#define OPENCL_MULTIPLY_GRAD OWN
#define OPENCL_CONV2D_GRAD_INPUT_SUM OWN
#define OPENCL_LOOKUP OWN
#define OPENCL_BATCH_NORM_PAIR LACKS
#define OPENCL_BATCH_NORM_PAIR_GRAD LACKS

/* Images (rank 4) in fp16: RN_LAYOUT_PLAIN's order, IEEE halves. The description stays RN_F32. */
enum { OPENCL_LAYOUT_HALF = RN_LAYOUT_OPAQUE };

/* The device's limits, as it reports them. */
typedef struct opencl_limits {
    bool is_cpu;               /* groups of one work-item, and no gain from local memory */
    uint64_t group_items;      /* most work-items of a group */
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
    char machine[384]; /* device, driver and platform with their versions: the key of caches */
    struct choices *choices; /* the fastest algorithms on this machine */
    opencl_decided *decided; /* of convolutions, in this session */
    uint64_t timing_ns;      /* spent on deciding */
    opencl_programs *programs;
    opencl_staging *staging;
    opencl_record *record;
    gpu_joint joint;
    rank_sums ranks; /* what the core has given */
};

/* Each operand is two arguments; see OPERAND in prelude.cl. */
struct gpu_launch {
    cl_kernel kernel;
    const char *function;
    int32_t n_operands;
    cl_uint n_args;
    cl_int error;  /* of the first argument that could not be set */
    int32_t group; /* items of a usual group: context->group */
    size_t global[3], local[3];
};

#define OWN(name) extern const gpu_operator opencl_##name;
#define SHARED(name)
#define LACKS(name)
#define RN_OP(OPERATOR, name, bytes) OPENCL_##OPERATOR(name)
#include <resnet/operators.h>
#undef OWN
#undef SHARED
#undef LACKS

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
rn_status opencl_kernel_create_bare(rn_context *context, const gpu_bare_code *code,
                                    const char *function, cl_kernel *kernel);
/* At close. */
void opencl_programs_free(rn_context *context);

/* ---- launch.c; the rest is gpu/launch.h's ---- */
/* Appends an argument of local memory. */
void opencl_arg_local(gpu_launch *launch, size_t bytes);
/* Changes the last argument, an `int`, for launches enqueued from now on. */
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

/* ---- profile.c, source.c ---- */
extern const struct rn_source_kernel opencl_source_kernel;
extern const struct rn_profile opencl_profile;
/* Around what is enqueued: where its event goes (`event`, or NULL while nothing is recorded), and
 * the launch that the event tells the times of (NULL: none), which the record takes. */
cl_event *opencl_record_event(const rn_context *context, cl_event *event);
void opencl_record_add(rn_context *context, const char *function, cl_event event);
void opencl_record_free(rn_context *context);

#endif
