/* pinned_memory.h: the extension of a backend whose device copies from host memory by itself, if
 * that memory was allocated for it: batches are prepared there, so that an upload is one copy,
 * which no processor makes and which a step need not wait for. Since ABI 0.11. */
#ifndef RESNET_PINNED_MEMORY_H
#define RESNET_PINNED_MEMORY_H

#include <resnet/backend.h>

#define RN_PINNED_MEMORY_ID "resnet.pinned-memory/1"

/* What rn_backend.extension returns for RN_PINNED_MEMORY_ID. Slots are required. */
typedef struct rn_pinned_memory {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* Allocates host memory, from which the contexts of all of the backend's devices may copy;
     * aligned to at least 64 bytes, content undefined. RN_E_NOMEM: the core then does without.
     * [step] */
    rn_status (*allocate)(rn_context *context, uint64_t size_bytes, void **memory);

    /* Frees what the same context has allocated. No copy from it is in progress: every context that
     * has copied from it was synchronised since. Never fails. [step] */
    void (*release)(rn_context *context, void *memory);

    /* As rn_backend.upload, from such memory: returns without waiting for the copy, and the caller
     * changes `from` only after a later `download` or `synchronize` of this context has
     * returned. [step] */
    rn_status (*upload)(rn_context *context, rn_operand to, const void *from, uint64_t size_bytes);
} rn_pinned_memory;

#endif
