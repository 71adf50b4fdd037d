/* pinned.c: batches in memory of the devices' backend (include/resnet/pinned_memory.h).
 *
 * A batch is changed only after the second call of rn_loader_next that follows the one which gave
 * it. By then its step has ended, with downloads from every device that copied a part of it: so
 * that no copy has to be waited for, but when the memory is freed. */
#include "train/pinned.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "device/calls.h"

static void *allocate(const void *context, uint64_t size_bytes)
{
    const rn_session *session = context;
    void *memory = NULL;
    if (rn_device_pin(session->ranks[0].device, size_bytes, &memory)) {
        rn_log(RN_LOG_INFO, "batches are copied twice: %s", rn_fail_text());
        rn_fail_clear();
        return NULL;
    }
    return memset(memory, 0, size_bytes);
}

/* After a failure, too, whose message remains: the copies of a batch that has no step may be in
 * progress. */
static void release(const void *context, void *memory)
{
    const rn_session *session = context;
    char *why = strdup(rn_fail_text());
    for (int32_t i = 0; i < session->n_ranks; i++)
        rn_device_synchronize(session->ranks[i].device);
    rn_device_unpin(session->ranks[0].device, memory);
    rn_fail_clear();
    if (why && *why)
        rn_fail(RN_E_DEVICE, "%s", why);
    free(why);
}

rn_loader_memory rn_pinned_of(const rn_session *session)
{
    if (!session->ranks[0].device->pinned_memory.size)
        return (rn_loader_memory){ 0 };
    return (rn_loader_memory){ allocate, release, session };
}
