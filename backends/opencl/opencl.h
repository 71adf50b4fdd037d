/* opencl.h: what the files of this backend share: contexts, operators, kernels, launches. */
#ifndef RN_BACKENDS_OPENCL_H
#define RN_BACKENDS_OPENCL_H

#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <resnet/plugin.h>
#include <stdbool.h>

#include "base/described.h"
#include "base/shape.h"

/* Which operators of the ABI's table this backend has: OWN, `opencl_<name>` in the file of its
 * first words, or LACKS. An operator that is missing here does not compile. */
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
#define OPENCL_SOFTMAX OWN
#define OPENCL_SOFTMAX_CROSS_ENTROPY OWN
#define OPENCL_SOFTMAX_CROSS_ENTROPY_GRAD OWN
#define OPENCL_DROPOUT OWN
#define OPENCL_DROPOUT_GRAD OWN
#define OPENCL_SUBSAMPLE OWN
#define OPENCL_SUBSAMPLE_GRAD OWN
#define OPENCL_CONCAT OWN
#define OPENCL_CONCAT_GRAD OWN
#define OPENCL_CHECK_FINITE OWN
#define OPENCL_ALL_REDUCE LACKS
#define OPENCL_SGD OWN
#define OPENCL_REORDER OWN

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
typedef struct opencl_decided opencl_decided;   /* conv2d_choose.c */
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
    struct backend_choices *choices; /* what was fastest here */
    opencl_decided *decided;         /* of convolutions, in this session */
    uint64_t timing_ns;              /* which that took */
    opencl_programs *programs;
    opencl_staging *staging;
    opencl_record *record;
};

/* A program: prelude.cl, then these texts (OPENCL_TEXT), then what they define by options. */
typedef struct opencl_code {
    const char *texts[4];
    char options[512]; /* "-DKERNEL_H=3 -DKERNEL_W=3"; GROUP and HALF are added */
} opencl_code;

/* The text of <name>.cl, embedded by the build. */
#define OPENCL_TEXT(name) opencl_##name##_cl

/* One kernel of the device with its arguments and its grid. Arguments are, in this order, the
 * operands, each of which is two (see OPERAND in prelude.cl), then what opencl_arg_... append. */
typedef struct opencl_launch {
    cl_kernel kernel;
    const char *function;
    int32_t n_operands;
    cl_uint n_args;
    cl_int error; /* the first of an argument that was not taken */
    size_t global[3], local[3];
} opencl_launch;

enum { OPENCL_MAX_LAUNCHES = RN_MAX_OPERANDS };

/* A prepared operator: a deep copy of its description, complete (base/described.h), and its
 * launches, which the common code releases. */
struct rn_kernel {
    const struct opencl_operator *type;
    rn_context *context;
    described *described;
    rn_op_desc desc; /* described->desc */
    bool is_half;    /* the images among the operands have OPENCL_LAYOUT_HALF */
    opencl_launch launches[OPENCL_MAX_LAUNCHES];
    int32_t n_launches;
    void *state; /* the operator's own */
};

/* One operator; in <op>.c. */
typedef struct opencl_operator {
    /* Bit i: operand i (inputs, then outputs, complete) is an image, which with fp16 is stored in
     * halves. All of them are, or none is. */
    uint32_t images;
    /* Optional: refuses with opencl_host->fail, or sets workspace_bytes, inplace_inputs, algorithm.
     * The kernel has its description and is_half, no launches. The common code has refused what
     * op.h does not have so and tensors of more than 2^30 elements, and answers layouts. */
    rn_status (*query)(const rn_kernel *kernel, rn_op_answer *answer);
    rn_status (*prepare)(rn_kernel *kernel); /* adds launches, fills state */
    void (*destroy)(rn_kernel *kernel);      /* optional; frees state */
    /* Enqueues; NULL: launch 0 with all operands in their order. Allocates nothing. */
    rn_status (*run)(rn_kernel *kernel, const rn_operand *operands, rn_operand workspace);
} opencl_operator;

#define OWN(name) extern const opencl_operator opencl_##name;
#define LACKS(name)
#define RN_OP(OPERATOR, name, bytes) OPENCL_##OPERATOR(name)
#include <resnet/operators.h>
#undef OWN
#undef LACKS

/* All of them; NULL ends the list. */
extern const opencl_operator *const opencl_operators[];

/* The host table. */
extern const rn_host *opencl_host;

/* ---- errors.c ---- */
/* What failed, as a status whose text names OpenCL's error and its remedy: RN_E_NOMEM, or
 * RN_E_DEVICE. `what` completes "OpenCL could not ...". RN_OK where `error` is CL_SUCCESS. */
rn_status opencl_check(cl_int error, const char *what);
const char *opencl_error_name(cl_int error); /* "CL_INVALID_VALUE" */

/* ---- program.c ---- */
/* Kernel `function` of a program, compiled or found; the caller releases it. The program stays in
 * the context, and in the user's cache for the next start. A failed build quotes the compiler's
 * log. */
rn_status opencl_kernel_create(rn_context *context, const opencl_code *code, const char *function,
                               cl_kernel *kernel);
/* At close. */
void opencl_programs_free(rn_context *context);

/* ---- launch.c ---- */
/* Appends a launch of `function`, which has so many operands, to the kernel. `launch` stays valid
 * as long as the kernel. */
rn_status opencl_launch_add(rn_kernel *kernel, const opencl_code *code, const char *function,
                            int32_t n_operands, opencl_launch **launch);
/* As `int`, `ulong` and `float`. */
void opencl_arg_int(opencl_launch *launch, int64_t value);
void opencl_arg_long(opencl_launch *launch, int64_t value);
void opencl_arg_float(opencl_launch *launch, double value);
/* A structure; or with a `value` of NULL so much local memory. */
void opencl_arg_bytes(opencl_launch *launch, const void *value, size_t bytes);
/* Another value for the last argument, an `int`, of what is enqueued from now on. */
void opencl_arg_last(opencl_launch *launch, int64_t value);
/* At least `items` items in groups of context->group: the kernel is ITEMS_KERNEL of prelude.cl. */
void opencl_grid_items(const rn_context *context, opencl_launch *launch, int64_t items);
/* Exactly so many groups of context->group items: GROUPS_KERNEL. */
void opencl_grid_groups(const rn_context *context, opencl_launch *launch, int64_t x, int64_t y,
                        int64_t z);
/* Enqueues. `operands` are the launch's; a buffer of NULL is an absent one. */
rn_status opencl_launch_run(rn_context *context, opencl_launch *launch, const rn_operand *operands);
void opencl_launch_clear(opencl_launch *launch);
/* Refuses what could not be enqueued: wrong arguments, groups that the device cannot run. */
rn_status opencl_launch_check(const rn_context *context, const opencl_launch *launch);

/* A part of the workspace: what lies `bytes` (a multiple of 64) behind its beginning. */
static inline rn_operand opencl_part(rn_operand workspace, uint64_t bytes)
{
    workspace.offset_bytes += bytes;
    return workspace;
}

/* Bytes of so many floats, rounded up so that another part may follow. */
static inline uint64_t opencl_float_bytes(int64_t count)
{
    return ((uint64_t)count * 4 + 63) / 64 * 64;
}

/* ---- kernel.c ---- */
rn_status opencl_query(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);
rn_status opencl_prepare(rn_context *context, const rn_op_desc *op, rn_kernel **kernel);
void opencl_kernel_destroy(rn_context *context, rn_kernel *kernel);
rn_status opencl_run(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace);

/* ---- memory.c ---- */
cl_mem opencl_memory(rn_operand operand); /* NULL: absent */
rn_status opencl_buffer_create(rn_context *context, uint64_t size_bytes, rn_buffer **buffer);
void opencl_buffer_destroy(rn_context *context, rn_buffer *buffer);
rn_status opencl_download(rn_context *context, void *to, rn_operand from, uint64_t size_bytes);
rn_status opencl_synchronize(rn_context *context);

/* ---- staging.c ---- */
rn_status opencl_upload(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
void opencl_staging_free(rn_context *context);

/* ---- device.c ---- */
rn_status opencl_device_count(int32_t *count);
rn_status opencl_device_info(int32_t index, rn_device_info *info);
rn_status opencl_context_info(rn_context *context, rn_device_info *info);
/* Opens the device that params->device means, or params->threads of its processors: fills number,
 * platform, device, machine, limits and group. The caller releases the device. */
rn_status opencl_device_choose(const rn_open_params *params, rn_context *context);

/* ---- conv2d_choose.c ---- */
void opencl_conv2d_decided_free(opencl_decided *decided);

/* ---- profile.c ---- */
const void *opencl_extension(rn_context *context, const char *id);
/* Where the event of a launch goes; NULL while nothing is recorded. */
cl_event *opencl_record_next(rn_context *context, const char *function);
/* Another `run` begins. */
void opencl_record_run(rn_context *context);
void opencl_record_free(rn_context *context);

#endif
