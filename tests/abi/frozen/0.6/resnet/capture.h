/* capture.h: the extension by which a backend records what a step enqueues, and from then on
 * enqueues all of it with one call. */
#ifndef RESNET_CAPTURE_H
#define RESNET_CAPTURE_H

#include <resnet/backend.h>
#include <resnet/status.h>
#include <stdint.h>

#define RN_CAPTURE_ID "resnet.graph-capture/1"

typedef struct rn_recording rn_recording; /* the backend's own; opaque to the core */

/* What rn_backend.extension returns for RN_CAPTURE_ID. Slots are required unless they say
 * optional.
 *
 * The core first runs the operators of a plan at least once as ever, so that what a kernel does at
 * its first run only is done; then it has them recorded, in the same order and with the same
 * operands, and launches the recording in that step and in all later ones. Between two launches it
 * uploads, downloads and runs other kernels as ever. */
typedef struct rn_capture {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* From now on `run` does not enqueue but records: the same work for the same operands. It may
     * allocate. Until `end`, nothing but `run` is called for this context; other contexts of the
     * backend go on, on other threads. RN_E_UNSUPPORTED where it cannot record: the core goes on
     * without. RN_E_DEVICE, RN_E_NOMEM. [setup] */
    rn_status (*begin)(rn_context *context);

    /* Ends the recording that `begin` began; afterwards `run` enqueues again, whatever `end`
     * returns. `recording` NULL gives up what was recorded, as after a `run` that failed, and
     * succeeds. `run` and `end` return RN_E_UNSUPPORTED, too, where something cannot be recorded.
     * The core owns the recording until `destroy`, which never fails and comes before the kernels
     * and buffers are destroyed that were run. RN_E_DEVICE, RN_E_NOMEM. [setup] */
    rn_status (*end)(rn_context *context, rn_recording **recording);
    void (*destroy)(rn_context *context, rn_recording *recording);

    /* Enqueues what was recorded, after everything enqueued before, any number of times. Allocates
     * nothing. RN_E_DEVICE where the device is lost. [step] */
    rn_status (*launch)(rn_context *context, rn_recording *recording);
} rn_capture;

#endif
