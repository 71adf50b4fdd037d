/* host_memory.h: the extension of a backend whose buffers lie in host memory, through which the
 * core runs operators that plugins bring (custom_op.h) where their operands are. Since ABI 0.9. */
#ifndef RESNET_HOST_MEMORY_H
#define RESNET_HOST_MEMORY_H

#include <resnet/backend.h>

#define RN_HOST_MEMORY_ID "resnet.host-memory/1"

/* What rn_backend.extension returns for RN_HOST_MEMORY_ID. Slots are required. Of such a backend,
 * `run` returns when the kernel has written its results. */
typedef struct rn_host_memory {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* The address of an operand, valid as long as its buffer; NULL for an absent one. Never fails.
     * [step] */
    void *(*pointer)(rn_context *context, rn_operand operand);

    /* How many threads the context computes with, at least 1. Never fails. [step] */
    int32_t (*threads)(rn_context *context);

    /* Calls work(argument, begin, end, thread) on these threads, for ranges that cover 0 to
     * count - 1, one for each thread at most, and returns when all are done. The ranges depend on
     * count and the number of threads alone. Never fails, allocates nothing. [step] */
    void (*parallel)(rn_context *context, int64_t count,
                     void (*work)(void *argument, int64_t begin, int64_t end, int32_t thread),
                     void *argument);
} rn_host_memory;

#endif
