/* backend.h: what a backend plugin gives: devices, memory, and kernels for operators.
 *
 * Objects: plugin -> device -> context -> buffers and kernels. The core asks `query` for every
 * operator of a plan, then `prepare`s each one, and from then on only `run`s them: a step allocates
 * nothing, compiles nothing, searches nothing.
 *
 * Threads: [setup] one thread per context at a time, no step in progress. [step] serial per
 * context, maybe another thread than before. [any] any thread at any time. Different contexts are
 * independent.
 *
 * Errors: RN_OK, or a status whose text went through host->fail. A failed call changes nothing, and
 * its results are not looked at.
 *
 * Ownership: what a structure points to is the caller's and valid during the call only; what is to
 * be kept is copied. A structure from the core is as long as its `size` says: fields that were
 * added after ABI 0.6 say so and are read or written only where `size` reaches them, and a copy
 * takes the smaller of both sizes. The core never passes NULL for a context, buffer, kernel or
 * result. */
#ifndef RESNET_BACKEND_H
#define RESNET_BACKEND_H

#include <resnet/op.h>
#include <resnet/status.h>
#include <resnet/tensor.h>

#define RN_MAX_OPERANDS 16 /* inputs and outputs of one operator together */

/* In which precision convolutions and linear layers multiply. 0 is invalid. */
enum rn_precision {
    RN_PRECISION_FP32 = 1,
    RN_PRECISION_TF32 = 2,
    RN_PRECISION_BF16 = 3,
    RN_PRECISION_FP16 = 4
};

/* Which algorithms convolutions may use. */
enum rn_convolution {
    RN_CONVOLUTION_FASTEST = 0, /* whatever is fastest here, for each shape */
    RN_CONVOLUTION_DIRECT = 1,  /* sums of products in their order: no transforms */
    RN_CONVOLUTION_WINOGRAD = 2 /* Winograd's wherever the backend has it for the shape */
};

/* How long a backend may search, at its first start on a device, for what is fastest there. What it
 * finds it keeps for the next start. */
enum rn_tuning {
    RN_TUNING_QUICK = 0, /* some seconds */
    RN_TUNING_OFF = 1,   /* not at all: what was found before, or defaults */
    RN_TUNING_FULL = 2   /* a minute at most, anew */
};

/* The backend's own; opaque to the core, which gives each back to what destroys it, once. */
typedef struct rn_context rn_context; /* an opened device */
typedef struct rn_buffer rn_buffer;   /* memory of a context */
typedef struct rn_kernel rn_kernel;   /* a prepared operator */

/* Filled by the backend; the text is copied into the arrays, with a final 0. The core zeroes it and
 * sets `size`. */
typedef struct rn_device_info {
    uint32_t size;
    int32_t threads;       /* processors that a context uses by default; 0: means nothing here */
    uint64_t memory_bytes; /* 0: unknown */
    char name[128];        /* "AMD EPYC 9654", "NVIDIA H100 80GB HBM3" */
    char library[128];     /* what computes, with its version: "OpenBLAS 0.3.21 (Zen)" */
} rn_device_info;

/* How a device is to be opened. */
typedef struct rn_open_params {
    uint32_t size;
    int32_t threads;   /* 0: as many as the process may use */
    int32_t precision; /* rn_precision; a backend that lacks it refuses, it never substitutes */
    /* 1: equal inputs give equal bits, or `query` refuses the operator. The core refuses it, too,
     * where the answer does not call it deterministic. */
    int32_t deterministic;
    /* What followed the colon of --backend=NAME:DEVICE; "": the first. Of numbers joined by commas
     * each device is opened with its own. */
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
    /* The layout in which the backend wants each operand, inputs then outputs, and its bytes in it.
     * 0: as described. Where a backend asks for its own layouts, inputs may be described in them; a
     * backend that asks for none sees plain tensors only. Inputs that are updated in place stay
     * plain. */
    int32_t layouts[RN_MAX_OPERANDS];
    uint64_t layout_bytes[RN_MAX_OPERANDS];
    /* The inputs on which the first output may lie besides those that operators.h calls SHARED;
     * bit i is input i. */
    uint32_t inplace_inputs;
    uint32_t reserved; /* 0 */
    /* How it computes, in a few words, for `resnet-run summary --algorithms`; "": nothing to
     * tell. */
    char algorithm[48];
} rn_op_answer;

/* Where an operand lies; buffer NULL: absent. Passed by value and in arrays, so it has no size and
 * never grows. */
typedef struct rn_operand {
    rn_buffer *buffer;
    uint64_t offset_bytes; /* a multiple of 64 */
} rn_operand;

/* Static data of the plugin, copied once when it is loaded. Slots are required unless they say
 * optional; a slot that is added after ABI 0.6 is optional. Sizes and offsets are in bytes. */
typedef struct rn_backend {
    uint32_t size;
    uint32_t reserved; /* 0 */
    const char *name;  /* "cpu_blas"; equal to the file's name without .so */
    const char *doc;   /* one sentence */

    /* NULL-terminated names of the operators that it may accept, for `resnet-plugin info`. */
    const char *const *operators;

    /* Number of devices found. None is not an error: count 0. RN_E_DEVICE where it cannot be told,
     * as with a driver that does not answer. [setup] */
    rn_status (*device_count)(int32_t *count);

    /* Describes device `index` (from 0), opened or not. RN_E_DEVICE where there is none. [setup] */
    rn_status (*device_info)(int32_t index, rn_device_info *info);

    /* Opens a device. The core owns the context and gives it to `close`, which never fails, after
     * its buffers and kernels are gone. Refuses a device that is absent or computes wrongly
     * (RN_E_DEVICE), naming the remedy, and a precision that it lacks (RN_E_UNSUPPORTED).
     * [setup] */
    rn_status (*open)(const rn_open_params *params, rn_context **context);
    void (*close)(rn_context *context);

    /* A few large arenas, which the core divides; the core owns each until `buffer_destroy`, which
     * never fails. Aligned to at least 64 bytes; content undefined. RN_E_NOMEM where there is not
     * enough. [setup] */
    rn_status (*buffer_create)(rn_context *context, uint64_t size_bytes, rn_buffer **buffer);
    void (*buffer_destroy)(rn_context *context, rn_buffer *buffer);

    /* Copies between host memory and a buffer. `upload` may return before the copy is done, but has
     * taken the data; `download` returns when the data is there, after everything enqueued before
     * it. The range lies within the buffer. RN_E_DEVICE where the device is lost. [step] */
    rn_status (*upload)(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
    rn_status (*download)(rn_context *context, void *to, rn_operand from, uint64_t size_bytes);

    /* Can it, and what would it take? RN_E_UNSUPPORTED with the reason where it cannot, for an
     * operator of an unknown name, too. Enqueues nothing, keeps nothing that the core would have to
     * give back; may be asked any number of times, and gives the same answer each time. It may time
     * what it could do, on memory of its own. [setup] */
    rn_status (*query)(rn_context *context, const rn_op_desc *op, rn_op_answer *answer);

    /* Makes the kernel: all searching, packing and compiling. The operator was accepted by `query`
     * and its operands have the layouts that were answered; the core puts `reorder` operators,
     * which the backend must then offer, where neighbours disagree. The core owns the kernel until
     * `kernel_destroy`, which never fails. RN_E_NOMEM, RN_E_DEVICE. [setup] */
    rn_status (*prepare)(rn_context *context, const rn_op_desc *op, rn_kernel **kernel);
    void (*kernel_destroy)(rn_context *context, rn_kernel *kernel);

    /* Enqueues one run. `operands`: inputs then outputs, as described. An output may lie exactly on
     * an input that operators.h calls SHARED or that the answer allowed. `workspace` has the bytes
     * that were answered, absent where that was 0, and is the operator's own until the next run of
     * the context. Allocates nothing and keeps no pointer to `operands`. RN_E_DEVICE where the
     * device is lost. [step] */
    rn_status (*run)(rn_context *context, rn_kernel *kernel, const rn_operand *operands,
                     rn_operand workspace);

    /* Waits until everything enqueued is done; reports late errors (RN_E_DEVICE). [step] */
    rn_status (*synchronize)(rn_context *context);

    /* Optional. A typed extension by id with revision ("resnet.profile/1"): a structure that begins
     * with its `uint32_t size`, belongs to the plugin and lives as long as the context. NULL where
     * it is not offered, which is no failure. [setup] */
    const void *(*extension)(rn_context *context, const char *id);

    /* Optional. Describes the device of a context, which may have been chosen by a
     * name. Without it the core asks device_info for the number in the device's text. [setup] */
    rn_status (*context_info)(rn_context *context, rn_device_info *info);
} rn_backend;

#endif
