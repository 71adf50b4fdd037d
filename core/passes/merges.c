/* merges.c: how often a pass has merged operators and how often the backend declined. */
#include "passes/merges.h"

#include "base/log.h"

rn_status rn_merges_ask(rn_merges *merges, rn_device *device, const rn_node *node, bool *accepts)
{
    char *reason = merges->n_declined ? NULL : merges->reason;
    rn_status status = rn_device_accepts(device, node, accepts, reason);
    if (!status && !*accepts)
        merges->n_declined++;
    return status;
}

void rn_merges_log(const rn_merges *merges, const char *pass, const char *what)
{
    bool has_reason = merges->n_declined > 0;
    rn_log(RN_LOG_DEBUG, "%s: %d %s; %d declined%s%s", pass, merges->n_done, what,
           merges->n_declined, has_reason ? ": " : "", merges->reason);
}
