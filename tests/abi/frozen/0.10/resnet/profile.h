/* profile.h: the extension with which a backend reports how long each kernel took on its device, by
 * the device's clock. */
#ifndef RESNET_PROFILE_H
#define RESNET_PROFILE_H

#include <resnet/backend.h>
#include <resnet/status.h>
#include <stdint.h>

#define RN_PROFILE_ID "resnet.profile/1"

/* One launch of a kernel on the device. Filled by the backend; the core zeroes it and sets
 * `size`. */
typedef struct rn_profile_entry {
    uint32_t size;
    int32_t run;       /* the number, from 0 since `start`, of the `run` that launched it */
    uint64_t start_ns; /* by the device's clock, which starts at an arbitrary time */
    uint64_t end_ns;
    char kernel[64]; /* the kernel's name, with a final 0 */
} rn_profile_entry;

/* What rn_backend.extension returns for RN_PROFILE_ID. Slots are required unless they say
 * optional. */
typedef struct rn_profile {
    uint32_t size;
    uint32_t reserved; /* 0 */

    /* Starts timing what is run, which may make it slower, and forgets earlier times. Until `stop`,
     * `run` may allocate. RN_E_DEVICE, RN_E_NOMEM. [setup] */
    rn_status (*start)(rn_context *context);

    /* Waits for the device, ends the timing, and returns the number of timed launches. RN_E_DEVICE.
     * [setup] */
    rn_status (*stop)(rn_context *context, int64_t *n_entries);

    /* Returns launch `index`, in the order in which they were enqueued. [setup] */
    rn_status (*entry)(rn_context *context, int64_t index, rn_profile_entry *entry);
} rn_profile;

#endif
