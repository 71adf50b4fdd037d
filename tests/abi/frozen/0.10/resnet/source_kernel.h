/* source_kernel.h: the extension of a backend that compiles kernels from the sources of operators
 * that plugins bring (custom_op.h). Since ABI 0.9. */
#ifndef RESNET_SOURCE_KERNEL_H
#define RESNET_SOURCE_KERNEL_H

#include <resnet/backend.h>
#include <resnet/custom_op.h>

#define RN_SOURCE_KERNEL_ID "resnet.source-kernel/1"

/* The language that a backend compiles. 0 is invalid. */
enum rn_source_language { RN_SOURCE_OPENCL = 1, RN_SOURCE_CUDA = 2 };

/* A kernel to compile: the pointers of n_operands plain tensors, inputs first, then the launch's
 * arguments. Valid during the call only, but the texts, which live as long as the context. */
typedef struct rn_source_desc {
    uint32_t size;
    int32_t n_inputs;
    int32_t n_outputs;
    uint32_t reserved; /* 0 */
    const char *op;    /* "shift/shift", for messages */
    const char *text;
    const char *entry;
    const rn_custom_launch *launch; /* checked: groups, groups' sizes and bytes are in range */
} rn_source_desc;

/* What rn_backend.extension returns for RN_SOURCE_KERNEL_ID. Slots are required. */
typedef struct rn_source_kernel {
    uint32_t size;
    int32_t language; /* rn_source_language */

    /* Makes the kernel as rn_backend.prepare does; `run` and `kernel_destroy` take it as any other.
     * RN_E_DEVICE with the compiler's words; RN_E_NOMEM. [setup] */
    rn_status (*prepare)(rn_context *context, const rn_source_desc *source, rn_kernel **kernel);
} rn_source_kernel;

#endif
