/* joint.h: joint launches. An update of a small tensor costs little more than its launch, so
 * updates that follow each other in a step and differ in nothing but their tensors become one
 * launch. It waits in the context until an operator comes that cannot join it, or until the host
 * wants something of the device; nothing is enqueued between. Results do not depend on what was
 * joined. */
#ifndef BACKENDS_GPU_JOINT_H
#define BACKENDS_GPU_JOINT_H

#include "gpu/kernel.h"

/* OpenCL has 1024 bytes of arguments at least, and the table below takes 676. */
enum { GPU_JOINT_TENSORS = 24, GPU_JOINT_SLOTS = 4 };

/* The last argument of a joint kernel; joint.cl and joint.cu declare the same. Each tensor is
 * divided among groups of its own, whose items take eight elements each. */
typedef struct gpu_joint_table {
    int32_t n;
    int32_t begin[GPU_JOINT_TENSORS]; /* the first group of each tensor */
    int32_t count[GPU_JOINT_TENSORS]; /* elements */
    float decay[GPU_JOINT_TENSORS];   /* weight decay */
    /* Where the operands of each tensor lie in their buffers, in units of 64 bytes. */
    uint32_t at[GPU_JOINT_SLOTS][GPU_JOINT_TENSORS];
} gpu_joint_table;

/* How an operator's launches can be joined. The first `slots` operands are the tensor's own, plain
 * and of equal shape; the others, and the attributes but for the weight decay, must be the same. */
typedef struct gpu_joint_form {
    int32_t slots;
    size_t attrs_bytes;
    size_t decay_at; /* of weight_decay, a double, in the attributes; 0: there is none */
} gpu_joint_form;

/* The launch that waits; a part of the context, zero at first. */
typedef struct gpu_joint {
    rn_kernel *kernel; /* of the first operator that joined; NULL: none waits */
    rn_operand operands[RN_MAX_OPERANDS];
    gpu_joint_table table;
    int32_t groups;
} gpu_joint;

/* Appends a row for a tensor to the table, at most GPU_JOINT_TENSORS: where it is, and its first
 * group. */
void gpu_joint_row(gpu_joint_table *table, int32_t slots, const rn_operand *operands, int64_t count,
                   int32_t begin);

/* For prepare: adds launch 0 of a joint operator, `function` of the program for updates with this
 * text. The caller appends further arguments, then calls gpu_joint_end(). */
rn_status gpu_joint_begin(rn_kernel *kernel, const char *text, const char *function,
                          gpu_launch **launch);
void gpu_joint_end(gpu_launch *launch);

/* Enqueues the launch that waits, unless the kernel will join it. Called before each run. */
rn_status gpu_joint_yield(rn_context *context, const rn_kernel *kernel, const rn_operand *operands);
/* Joins the launch that waits, or begins one. */
rn_status gpu_joint_run(rn_kernel *kernel, const rn_operand *operands);
/* Enqueues the launch that waits, if any. Called before whatever else is enqueued or waited for. */
rn_status gpu_joint_flush(rn_context *context);
/* Forgets it: the step was given up. */
void gpu_joint_drop(rn_context *context);

#endif
