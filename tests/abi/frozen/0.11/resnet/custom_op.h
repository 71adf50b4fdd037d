/* custom_op.h: operators that a plugin brings: what an operator computes, its gradient, and its
 * kernels. A block calls it by rn_graph.custom (graph.h). Since ABI 0.9.
 *
 * An operator reads and makes tensors of RN_F32 in the plain layout; the core reorders what a
 * backend stores otherwise, and operands never share memory. It runs on every backend: by its
 * OpenCL or CUDA source where the backend compiles that language, otherwise by `run` in host
 * memory, for which the core copies the operands where the backend's memory is elsewhere (it says
 * so once in the log, and `--strict` refuses it).
 *
 * Tables, texts and strings are static: they belong to the plugin and live as long as it does. The
 * core copies the structures once, when it loads the plugin, and refuses a plugin in which a slot
 * is missing or wrong. All functions are pure: the same arguments give the same results; no files,
 * no state, no clock. They may be called from several threads at once, for different operators of a
 * graph and for different graphs. Those that return a status fail with host->fail (host.h). */
#ifndef RESNET_CUSTOM_OP_H
#define RESNET_CUSTOM_OP_H

#include <resnet/graph.h>

/* What rn_plugin.extension (plugin.h) returns for this id is an rn_custom_ops. */
#define RN_CUSTOM_OPS_ID "resnet.custom-op/1"

#define RN_CUSTOM_MAX_INPUTS 8
#define RN_CUSTOM_MAX_OUTPUTS 8
#define RN_CUSTOM_MAX_ARGS 24 /* scalar arguments of a device kernel */

/* The most that a device kernel may ask for (rn_custom_launch), which all devices have. */
#define RN_CUSTOM_MOST_GROUPS 2147483647 /* in the first dimension */
#define RN_CUSTOM_MOST_GROUPS_YZ 65535   /* in the others */
#define RN_CUSTOM_MOST_ITEMS 256         /* of a group, in all dimensions together */
#define RN_CUSTOM_MOST_LOCAL 32768       /* bytes that a group shares */

/* One use of an operator in a graph. Made by the core; all it points to is valid during the call
 * only. */
typedef struct rn_custom_desc {
    uint32_t size;
    int32_t n_inputs;
    int32_t n_outputs;
    uint32_t reserved;       /* 0 */
    const char *name;        /* its path in the network, "layer1.0.shift", for messages */
    const rn_setting *attrs; /* a checked value for every row of the table, in the table's order:
                                attrs[0].int_value[0], attrs[1].float_value, attrs[2].text_value */
    const rn_tensor_desc *const *inputs;
    const rn_tensor_desc *const *outputs; /* NULL in the call of `shape` */
} rn_custom_desc;

/* Work of one run. The core zeroes it. */
typedef struct rn_custom_cost {
    uint32_t size;
    uint32_t reserved;   /* 0 */
    int64_t macs;        /* multiply-accumulates, as of convolutions and linear layers */
    int64_t other_flops; /* everything else, one an element and operation */
} rn_custom_cost;

/* Where the gradient is to be built. All lists are valid during the call only. */
typedef struct rn_custom_gradient {
    uint32_t size;
    int32_t n_inputs;
    int32_t n_outputs;
    uint32_t reserved;        /* 0 */
    const rn_setting *attrs;  /* as in rn_custom_desc */
    rn_value *const *inputs;  /* those of the operator */
    rn_value *const *outputs; /* its results */
    rn_value *const *dys;     /* the gradient of the loss by each output; NULL: the loss does not
                                 depend on that output. At least one is not NULL */
    const int32_t *wanted;    /* for each input, 1 where its gradient is needed */
    rn_value **dxs;           /* to be set where wanted, with the shape of the input; others are
                                 ignored. A gradient that is 0 everywhere is rn_scale(g, x, 0, 0) */
} rn_custom_gradient;

/* Work on the items begin to end - 1 of a count, by thread number `thread` of the call. */
typedef void (*rn_custom_work)(void *argument, int64_t begin, int64_t end, int32_t thread);

/* One run in host memory. Made by the core; valid during the call only. */
typedef struct rn_custom_call rn_custom_call;
struct rn_custom_call {
    uint32_t size;
    int32_t n_threads; /* `parallel` numbers its threads from 0 to n_threads - 1 */
    const rn_custom_desc *op;
    const float *const *inputs; /* elements in row-major order; aligned to 64 bytes */
    float *const *outputs;      /* likewise; their content is undefined: write every element */
    void *workspace; /* the bytes that `workspace` asked for, aligned to 64; NULL: none */
    void *core;      /* belongs to the core */

    /* Calls work(argument, begin, end, thread) for ranges that cover 0 to count - 1, one for each
     * thread at most, and returns when all are done. The ranges depend on count and n_threads
     * alone. `work` must not call it. Never fails. [step] */
    void (*parallel)(const rn_custom_call *call, int64_t count, rn_custom_work work,
                     void *argument);
};

/* The type of a scalar argument of a device kernel. 0 is invalid. */
enum rn_custom_arg_type {
    RN_CUSTOM_I32 = 1, /* int */
    RN_CUSTOM_I64 = 2, /* long in OpenCL, long long in CUDA */
    RN_CUSTOM_F32 = 3  /* float */
};

/* A scalar argument; made by the functions below. Passed in arrays, so it has no size and never
 * grows. */
typedef struct rn_custom_arg {
    int32_t type; /* rn_custom_arg_type; says which of the values is used */
    int32_t reserved;
    int64_t int_value;
    double float_value;
} rn_custom_arg;

/* How a device kernel is launched. The core zeroes it and sets `size`. */
typedef struct rn_custom_launch {
    uint32_t size;
    uint32_t n_args;      /* at most RN_CUSTOM_MAX_ARGS */
    int64_t groups[3];    /* work-groups (CUDA: blocks) in each dimension; 0 stands for 1 */
    int32_t group[3];     /* items (threads) of a group; 0 stands for 1 */
    uint32_t local_bytes; /* memory that a group shares */
    rn_custom_arg args[RN_CUSTOM_MAX_ARGS];
} rn_custom_launch;

/* Append an argument to a launch; one too many is counted and refused by the core. [any] */
static inline void rn_custom_arg_add(rn_custom_launch *launch, rn_custom_arg arg)
{
    if (launch->n_args < RN_CUSTOM_MAX_ARGS)
        launch->args[launch->n_args] = arg;
    launch->n_args++;
}

static inline void rn_custom_arg_i32(rn_custom_launch *launch, int32_t value)
{
    rn_custom_arg arg = { RN_CUSTOM_I32, 0, value, 0 };
    rn_custom_arg_add(launch, arg);
}

static inline void rn_custom_arg_i64(rn_custom_launch *launch, int64_t value)
{
    rn_custom_arg arg = { RN_CUSTOM_I64, 0, value, 0 };
    rn_custom_arg_add(launch, arg);
}

static inline void rn_custom_arg_f32(rn_custom_launch *launch, double value)
{
    rn_custom_arg arg = { RN_CUSTOM_F32, 0, 0, value };
    rn_custom_arg_add(launch, arg);
}

/* Groups of 256 items for at least n items, in the first dimension; the kernel has to ignore
 * those beyond. [any] */
static inline void rn_custom_items(rn_custom_launch *launch, int64_t n)
{
    launch->group[0] = 256;
    launch->groups[0] = (n + 255) / 256;
}

/* A kernel in the language of a device. It is compiled alone, when the network is prepared, and
 * cached for later starts; a text that does not compile is refused (RN_E_DEVICE, with the
 * compiler's words).
 *
 * Parameters, in order: a pointer to each input (`const float *`) and to each output (`float *`),
 * then launch.args.
 *   OpenCL C 1.2: `__kernel void ENTRY(__global const float *x, __global float *y, …)`. Another
 *     kernel calls it, so it must declare no __local variables; where local_bytes is not 0, they
 *     are a last parameter `__local float *` (or of another type).
 *   CUDA C++, compiled by NVRTC without headers: `extern "C" __global__ void ENTRY(const float *x,
 *     float *y, …)`; local_bytes are `extern __shared__`. */
typedef struct rn_custom_source {
    uint32_t size;
    uint32_t reserved; /* 0 */
    const char *text;
    const char *entry; /* the kernel's name in the text */

    /* Sets grid, groups and arguments for one use of the operator. [setup] */
    rn_status (*launch)(const rn_custom_desc *op, rn_custom_launch *launch);
} rn_custom_source;

/* An operator. Static data of the plugin. Slots are required unless they say optional. */
typedef struct rn_custom_op {
    uint32_t size;
    uint32_t n_attrs;     /* rows of attrs; at most 256 */
    const char *name;     /* lower snake case, once in a plugin; blocks call it "plugin/name", or
                             "name" in the same plugin */
    const char *doc;      /* one sentence */
    const char *source;   /* paper and section that it follows, and each departure from it */
    const rn_attr *attrs; /* NULL if n_attrs is 0 */
    int32_t n_inputs;     /* 1 to RN_CUSTOM_MAX_INPUTS */
    int32_t n_outputs;    /* 1 to RN_CUSTOM_MAX_OUTPUTS */

    /* 1: the last input may be given several times, up to RN_CUSTOM_MAX_INPUTS inputs together. */
    int32_t inputs_repeat;

    /* 1: equal inputs give equal bits, in each of its forms. Otherwise `--deterministic` refuses
     * the operator. */
    int32_t deterministic;

    /* 1: what a sample's result is depends on other samples of the batch (dimension 0). Where
     * several devices share a step, each has a part of the batch, so such an operator is refused
     * there. A gradient that sums over the samples, as of a parameter, is not meant. */
    int32_t couples_samples;
    uint32_t reserved; /* 0 */

    /* Sets rank and shape of every output; the core has zeroed them, has set the other fields, and
     * sets size_bytes afterwards. Refuses inputs and attributes that it cannot take (RN_E_SHAPE,
     * RN_E_CONFIG). The core has checked the number of inputs and that all are RN_F32. [setup] */
    rn_status (*shape)(const rn_custom_desc *op, rn_tensor_desc *outputs);

    /* Counts the work of one run, for `resnet-run summary`. [setup] */
    void (*cost)(const rn_custom_desc *op, rn_custom_cost *cost);

    /* Optional; NULL: not differentiable, and a network in which a gradient has to pass through it
     * is refused. Builds the gradients of the inputs from operators (rn_graph.op, and
     * rn_graph.custom of this or another plugin); it cannot make parameters, so conv2d, linear and
     * batch_norm are not for it. [setup] */
    rn_status (*gradient)(rn_graph *g, const rn_custom_gradient *of);

    /* Optional: bytes of scratch memory of one `run`. [setup] */
    uint64_t (*workspace)(const rn_custom_desc *op);

    /* Computes the outputs in host memory. Allocates nothing, and keeps no pointer. [step] */
    rn_status (*run)(const rn_custom_call *call);

    /* Optional: the same for devices. They agree with `run` within rounding. */
    const rn_custom_source *opencl;
    const rn_custom_source *cuda;
} rn_custom_op;

/* All operators of a plugin. */
typedef struct rn_custom_ops {
    uint32_t size;
    uint32_t n_ops;                 /* 1 to 256 */
    const rn_custom_op *const *ops; /* n_ops pointers */
} rn_custom_ops;

#endif
