/* team.h: devices that take steps together. The calling thread serves the first device; each other
 * device has a thread. */
#ifndef RN_CORE_DEVICE_TEAM_H
#define RN_CORE_DEVICE_TEAM_H

#include "device/device.h"

typedef struct rn_team rn_team;

/* One rank's part of a job. */
typedef rn_status rn_team_job(void *context, int32_t rank);

/* Joins n opened devices (2 to RN_MAX_RANKS) for collective operations and starts the threads. The
 * devices outlive the team. */
rn_status rn_team_open(rn_device *const *devices, int32_t n, rn_team **out);

/* Calls the job once for each rank, all at the same time, and returns when every call has returned.
 * If a rank fails, the others are interrupted, and this and every later call return the first
 * failure. Allocates nothing. */
rn_status rn_team_run(rn_team *team, rn_team_job *job, void *context);

/* Ends the threads. Call it before the devices are closed. */
void rn_team_close(rn_team *team);

#endif
