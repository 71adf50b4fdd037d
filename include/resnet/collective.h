/* collective.h: the extension with which several contexts of a backend, each on a device, compute
 * steps together. */
#ifndef RESNET_COLLECTIVE_H
#define RESNET_COLLECTIVE_H

#include <resnet/backend.h>
#include <resnet/status.h>
#include <stdint.h>

#define RN_COLLECTIVE_ID "resnet.collective/1"

/* The most bytes of a key. */
#define RN_COLLECTIVE_KEY_BYTES 256

/* What rn_backend.extension returns for RN_COLLECTIVE_ID. Slots are required unless they say
 * optional.
 *
 * Each context is a rank, and during a step each is called by a separate thread. The operators that
 * need all ranks are `all_reduce`, and `batch_norm` and `batch_norm_grad` if they are
 * `synchronised` (op.h): all ranks run, record and launch the same ones, with tensors of the same
 * shapes, in the same order. `run`, `launch`, `upload`, `download` and `synchronize` may wait for
 * the other ranks; no other call does. A rank can also compute steps alone, without such
 * operators. */
typedef struct rn_collective {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* Joins n contexts into a group: contexts[i] is rank i of n, and n is at least 2. The contexts
     * were opened with the same parameters and have no buffers or kernels yet. Called once for a
     * context. One thread closes them one after the other, when no rank waits for another any more
     * or after an interrupt, and after the recordings (capture.h) and kernels of all are destroyed;
     * once the first is closed, the ranks no longer work together. RN_E_UNSUPPORTED if these
     * devices cannot work together; RN_E_DEVICE, RN_E_NOMEM. [setup] of all n */
    rn_status (*join)(rn_context *const *contexts, int32_t n);

    /* Says that this rank cannot continue: others that wait for it, now or later, return
     * RN_E_DEVICE soon. Afterwards the n contexts and what they hold can only be destroyed, once
     * their threads' calls have returned. Never fails; may be called for several ranks, and
     * repeatedly. [any] */
    void (*interrupt)(rn_context *context);

    /* The two slots below are optional, both or none, since ABI 0.10; without them all ranks are in
     * one process.
     *
     * Makes an id for a group of ranks in several processes: writes up to RN_COLLECTIVE_KEY_BYTES
     * bytes and their number. Called in the process of rank 0; the core takes the id to the others.
     * RN_E_UNSUPPORTED where this system has no such groups; RN_E_DEVICE. [setup] */
    rn_status (*make_key)(rn_context *context, void *key, uint32_t *bytes);

    /* As `join`, of ranks that lie in several processes, each of which calls it: contexts[i] is
     * rank first + i of n_ranks, 0 <= i < n. n is at least 1, n_ranks at least 2. Waits for the
     * other processes, until an `interrupt`, which may also come before; after a failure the
     * contexts can only be closed. RN_E_DEVICE, RN_E_NOMEM, RN_E_UNSUPPORTED. [setup] of all n */
    rn_status (*join_processes)(rn_context *const *contexts, int32_t n, int32_t first,
                                int32_t n_ranks, const void *key, uint32_t bytes);
} rn_collective;

#endif
