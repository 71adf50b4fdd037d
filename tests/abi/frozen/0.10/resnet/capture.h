/* capture.h: the extension with which a backend records what a step enqueues, and then enqueues all
 * of it with one call. */
#ifndef RESNET_CAPTURE_H
#define RESNET_CAPTURE_H

#include <resnet/backend.h>
#include <resnet/status.h>
#include <stdint.h>

#define RN_CAPTURE_ID "resnet.graph-capture/1"

typedef struct rn_recording rn_recording; /* defined by the backend; opaque to the core */

/* What rn_backend.extension returns for RN_CAPTURE_ID. Slots are required unless they say optional.
 *
 * The core first runs the operators of a plan at least once without recording, so that what a
 * kernel does only at its first run is done. Then it records them, in the same order and with the
 * same operands, and launches the recording in that step and in all later ones. Between two
 * launches it uploads, downloads and runs other kernels as usual. */
typedef struct rn_capture {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* From now on `run` records instead of enqueuing: the same work for the same operands. It may
     * allocate. Until `end`, only `run` is called for this context; other contexts of the backend
     * may be active on other threads. RN_E_UNSUPPORTED if it cannot record: the core continues
     * without. RN_E_DEVICE, RN_E_NOMEM. [setup] */
    rn_status (*begin)(rn_context *context);

    /* Ends the recording that `begin` began; afterwards `run` enqueues again, whatever `end`
     * returns. If `recording` is NULL, discards what was recorded, as after a `run` that failed,
     * and succeeds. `run` and `end` also return RN_E_UNSUPPORTED if something cannot be recorded.
     * The core owns the recording until `destroy`, which never fails and is called before the
     * kernels and buffers that were run are destroyed. RN_E_DEVICE, RN_E_NOMEM. [setup] */
    rn_status (*end)(rn_context *context, rn_recording **recording);
    void (*destroy)(rn_context *context, rn_recording *recording);

    /* Enqueues what was recorded, after everything enqueued before; may be called any number of
     * times. Allocates nothing. RN_E_DEVICE if the device is lost. [step] */
    rn_status (*launch)(rn_context *context, rn_recording *recording);
} rn_capture;

#endif
