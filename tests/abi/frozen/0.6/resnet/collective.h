/* collective.h: the extension by which several contexts of a backend, each a device, take steps
 * together. */
#ifndef RESNET_COLLECTIVE_H
#define RESNET_COLLECTIVE_H

#include <resnet/backend.h>
#include <resnet/status.h>
#include <stdint.h>

#define RN_COLLECTIVE_ID "resnet.collective/1"

/* What rn_backend.extension returns for RN_COLLECTIVE_ID. Slots are required unless they say
 * optional.
 *
 * Each context is a rank, and while the ranks take a step each is called by a thread of its own.
 * Together they do `all_reduce`, and `batch_norm` and `batch_norm_grad` where they are
 * `synchronised` (op.h): all ranks run, record and launch the same ones, with tensors of the same
 * shapes, in the same order. `run`, `launch`, `upload`, `download` and `synchronize` may wait for
 * the other ranks; nothing else does. A rank alone can take steps without such operators. */
typedef struct rn_collective {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* Makes the n contexts, which were opened alike and have no buffers or kernels yet, ranks that
     * work together: contexts[i] is rank i of n, and n is 2 at least. Called once for a context.
     * They are closed one after the other by one thread, when no rank waits for another any more or
     * after an interrupt, and when the recordings (capture.h) and kernels of all are destroyed;
     * none of them works with the others once the first is closed.
     * RN_E_UNSUPPORTED where these devices cannot work together; RN_E_DEVICE, RN_E_NOMEM. [setup]
     * of all n */
    rn_status (*join)(rn_context *const *contexts, int32_t n);

    /* This rank cannot go on: where others wait for it, or will, they return RN_E_DEVICE soon. The
     * n contexts, and what they hold, can only be destroyed afterwards, once their threads' calls
     * have returned. Never fails; may be called for several ranks, and again. [any] */
    void (*interrupt)(rn_context *context);
} rn_collective;

#endif
