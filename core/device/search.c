/* search.c: tells that a backend searches, judging by how long it takes to answer. */
#include "device/search.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "base/log.h"

/* A backend that knows what is fastest answers about all operators of a ResNet-50 in 10 ms. */
#define NOTICED_NS UINT64_C(500000000)

static bool is_told_to_all;
static _Atomic uint64_t spent_ns;

void rn_search_tell(bool tells)
{
    is_told_to_all = tells;
}

void rn_search_add(const char *label, uint64_t ns)
{
    const uint64_t before_ns = atomic_fetch_add(&spent_ns, ns);
    if (before_ns < NOTICED_NS && before_ns + ns >= NOTICED_NS)
        rn_log(
            is_told_to_all ? RN_LOG_WARNING : RN_LOG_INFO,
            "%s: the first start on a device takes longer: what is fastest there is found out, and "
            "kept for the next start (--tune=off does without)",
            label);
}
