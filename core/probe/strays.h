/* strays.h: processes that a child has started and that outlive it, also in a session of their own:
 * they become children of this process, are killed and waited for. */
#ifndef RN_CORE_PROBE_STRAYS_H
#define RN_CORE_PROBE_STRAYS_H

#include <resnet/status.h>

typedef struct rn_strays rn_strays;

/* Before the child starts: notes the children that there are. */
rn_status rn_strays_watch(rn_strays **out);

/* After the child has ended: kills all others. Frees `strays`, which may be NULL. */
void rn_strays_end(rn_strays *strays);

#endif
