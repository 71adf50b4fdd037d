/* backend.h: what a backend plugin provides: devices, memory, and kernels for operators.
 *
 * Objects: plugin -> device -> context -> buffers and kernels. The core calls `query` for every
 * operator of a plan, then `prepare` for each, and from then on only `run`: a step allocates
 * nothing, compiles nothing and searches nothing.
 *
 * Threads: [setup] one thread per context at a time, while no step is in progress. [step] one call
 * per context at a time, possibly from another thread than before. [any] any thread at any time.
 * Different contexts are independent.
 *
 * Errors: a call returns RN_OK, or a status whose message it passed to host->fail. A failed call
 * changes nothing, and its results are ignored.
 *
 * Ownership: what a structure points to belongs to the caller and is valid during the call only;
 * copy what is to be kept. A structure from the core is as long as its `size` says. Fields added
 * after ABI 0.6 say so: read or write them only if `size` reaches them, and copy the smaller of
 * both sizes. The core never passes NULL for a context, buffer, kernel or result. */
#ifndef RESNET_BACKEND_H
#define RESNET_BACKEND_H

#include <resnet/op.h>
#include <resnet/status.h>
#include <resnet/tensor.h>

#define RN_MAX_OPERANDS 16 /* inputs and outputs of one operator together */

/* The precision in which convolutions and linear layers multiply. 0 is invalid. */
enum rn_precision {
    RN_PRECISION_FP32 = 1,
    RN_PRECISION_TF32 = 2,
    RN_PRECISION_BF16 = 3,
    RN_PRECISION_FP16 = 4
};

/* Which algorithms convolutions may use. */
enum rn_convolution {
    RN_CONVOLUTION_FASTEST = 0, /* the fastest on this device, for each shape */
    RN_CONVOLUTION_DIRECT = 1,  /* sums of products without transforms */
    RN_CONVOLUTION_WINOGRAD = 2 /* Winograd wherever the backend has it for the shape */
};

/* How long a backend may search, at its first start on a device, for what is fastest there. It
 * saves what it finds for later starts. */
enum rn_tuning {
    RN_TUNING_QUICK = 0, /* some seconds */
    RN_TUNING_OFF = 1,   /* not at all: use what was found before, or defaults */
    RN_TUNING_FULL = 2   /* at most a minute; earlier results are ignored */
};

/* Defined by the backend; opaque to the core, which passes each to its destructor exactly once. */
typedef struct rn_context rn_context; /* an opened device */
typedef struct rn_buffer rn_buffer;   /* memory of a context */
typedef struct rn_kernel rn_kernel;   /* a prepared operator */

/* Filled by the backend, which copies the text into the arrays with a final 0. The core zeroes it
 * and sets `size`. */
typedef struct rn_device_info {
    uint32_t size;
    int32_t threads;       /* processors that a context uses by default; 0: does not apply */
    uint64_t memory_bytes; /* 0: unknown */
    char name[128];        /* "AMD EPYC 9654", "NVIDIA H100 80GB HBM3" */
    char library[128];     /* library that computes, with its version: "OpenBLAS 0.3.21 (Zen)" */
} rn_device_info;

/* How to open a device. */
typedef struct rn_open_params {
    uint32_t size;
    int32_t threads;   /* 0: as many as the process may use */
    int32_t precision; /* rn_precision; a backend that lacks it refuses and never substitutes */
    /* 1: equal inputs must give equal bits; `query` refuses an operator that cannot promise that.
     * The core also refuses one whose answer does not say deterministic. */
    int32_t deterministic;
    /* The text after the colon of --backend=NAME:DEVICE; "": the first device. Several devices are
     * numbers joined by commas there; each is opened with its number alone. */
    const char *device;
    int32_t convolution;   /* rn_convolution */
    uint32_t reserved;     /* 0 */
    int32_t tuning;        /* rn_tuning */
    uint32_t reserved_too; /* 0 */
} rn_open_params;

/* One operator to query or to prepare. All pointers are valid during the call only. Entries of
 * absent optional operands are NULL, and n_inputs and n_outputs count them: they are the numbers
 * of slots in operators.h, more only where the last slot is a REST. Shapes are consistent: the
 * core has checked them. */
typedef struct rn_op_desc {
    uint32_t size;
    uint32_t reserved; /* 0 */
    const char *op;    /* "conv2d" */
    const char *name;  /* the layer's path, "layer1.0.conv1", for messages and profiles */
    const void *attrs; /* the operator's structure of op.h, or NULL where it has none */
    const rn_tensor_desc *const *inputs;  /* n_inputs of them, by slots (operators.h) */
    const rn_tensor_desc *const *outputs; /* n_outputs of them */
    int32_t n_inputs;
    int32_t n_outputs; /* both together RN_MAX_OPERANDS at most */
} rn_op_desc;

/* Answer to `query`. The core zeroes it and sets `size`. */
typedef struct rn_op_answer {
    uint32_t size;
    int32_t deterministic;    /* 1: equal inputs give equal bits on this device */
    uint64_t workspace_bytes; /* scratch memory of one run, shared with other kernels; 0: none */
    /* The layout in which the backend wants each operand, inputs then outputs, and the operand's
     * bytes in that layout. 0: as described. If a backend asks for opaque layouts, inputs may be
     * described in them; a backend that never asks sees plain tensors only. Inputs that are updated
     * in place stay plain. */
    int32_t layouts[RN_MAX_OPERANDS];
    uint64_t layout_bytes[RN_MAX_OPERANDS];
    /* Further inputs that output 0 may overwrite, besides those that are SHARED in
     * operators.h; bit i is input i. */
    uint32_t inplace_inputs;
    uint32_t reserved; /* 0 */
    /* The algorithm in a few words, for `resnet-run summary --algorithms`; "": none to show. */
    char algorithm[48];
} rn_op_answer;

/* The memory of an operand; buffer NULL: absent. Passed by value and in arrays, so it has no size
 * and never grows. */
typedef struct rn_operand {
    rn_buffer *buffer;
    uint64_t offset_bytes; /* a multiple of 64 */
} rn_operand;

/* Static data of the plugin, copied once when it is loaded. Slots are required unless they say
 * optional; slots added after ABI 0.6 are optional. Sizes and offsets are in bytes. */
typedef struct rn_backend {
    uint32_t size;
    uint32_t reserved; /* 0 */
    const char *name;  /* "cpu_blas"; the file's name without .so */
    const char *doc;   /* one sentence */

    /* NULL-terminated names of the operators that it may accept, for `resnet-plugin info`. */
    const char *const *operators;

    /* Number of devices found. Finding none is not an error: count is 0. RN_E_DEVICE if the number
     * cannot be determined, as when a driver does not answer. [setup] */
    rn_status (*device_count)(int32_t *count);

    /* Describes device `index` (from 0), opened or not. RN_E_DEVICE if there is none. [setup] */
    rn_status (*device_info)(int32_t index, rn_device_info *info);

    /* Opens a device. The core owns the context and passes it to `close`, which never fails, after
     * destroying its buffers and kernels. Refuses a device that is absent or computes wrongly
     * (RN_E_DEVICE, with the remedy) and a precision that it lacks (RN_E_UNSUPPORTED). [setup] */
    rn_status (*open)(const rn_open_params *params, rn_context **context);
    void (*close)(rn_context *context);

    /* Allocates one of a few large arenas, which the core divides. Aligned to at least 64 bytes;
     * content undefined. The core owns it until `buffer_destroy`, which never fails. RN_E_NOMEM if
     * there is not enough memory. [setup] */
    rn_status (*buffer_create)(rn_context *context, uint64_t size_bytes, rn_buffer **buffer);
    void (*buffer_destroy)(rn_context *context, rn_buffer *buffer);

    /* Copies between host memory and a buffer, within its bounds. `upload` may return before the
     * copy is done, but the caller may then reuse `from`. `download` waits for everything enqueued
     * before it and returns when the data is in `to`. RN_E_DEVICE if the device is lost. [step] */
    rn_status (*upload)(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
    rn_status (*download)(rn_context *context, void *to, rn_operand from, uint64_t size_bytes);

    /* Whether the backend can compute the operator, and what that takes. RN_E_UNSUPPORTED with the
     * reason if it cannot, also for an operator that it does not know. Enqueues nothing and
     * allocates nothing that the core would have to release. May be called any number of times and
     * gives the same answer each time. May time candidates, on memory that it allocates and frees
     * itself. [setup] */
    rn_status (*query)(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);

    /* Makes the kernel; all searching, packing and compiling happens here. `query` has accepted the
     * operator, and its operands have the layouts of that answer: the core inserts `reorder`
     * operators, which the backend must then offer, where neighbours disagree. The core owns the
     * kernel until `kernel_destroy`, which never fails. RN_E_NOMEM, RN_E_DEVICE. [setup] */
    rn_status (*prepare)(rn_context *context, const rn_op_desc *op, rn_kernel **kernel);
    void (*kernel_destroy)(rn_context *context, rn_kernel *kernel);

    /* Enqueues one run. `operands`: inputs then outputs, as described. Output 0 may have exactly
     * the memory of an input if operators.h (SHARED) or the answer allows it. `workspace` has the
     * bytes of the answer (absent if that was 0) and belongs to this kernel until the next run of
     * the context. Allocates nothing and keeps no pointer to `operands`. RN_E_DEVICE if the device
     * is lost. [step] */
    rn_status (*run)(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace);

    /* Waits until everything enqueued is done, and reports late errors (RN_E_DEVICE). [step] */
    rn_status (*synchronize)(rn_context *context);

    /* Optional. Returns an extension by its id with revision ("resnet.profile/1"): a structure that
     * begins with its `uint32_t size`, belongs to the plugin and lives as long as the context. NULL
     * if the backend does not offer it, which is not an error. The extensions are profile.h,
     * capture.h, collective.h, host_memory.h, pinned_memory.h, rank_sums.h and source_kernel.h.
     * [setup] */
    const void *(*extension)(rn_context *context, const char *id);

    /* Optional. Describes the device of a context, which may have been chosen by
     * name. Without it the core calls device_info with the number in the device's text. [setup] */
    rn_status (*context_info)(rn_context *context, rn_device_info *info);
} rn_backend;

#endif
