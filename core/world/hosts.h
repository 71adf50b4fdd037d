/* hosts.h: on which hosts the processes of a run are. */
#ifndef RN_CORE_WORLD_HOSTS_H
#define RN_CORE_WORLD_HOSTS_H

#include "world/state.h"

/* Exchanges the names of hosts, and finds this process's place on its own. The name is RESNET_HOST,
 * or else the system's. */
rn_status rn_world_hosts_exchange(rn_world_state *world);

#endif
