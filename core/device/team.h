/* team.h: devices of this process that take steps together, with those of other processes, too. The
 * calling thread serves the first device; each other device has a thread. */
#ifndef RN_CORE_DEVICE_TEAM_H
#define RN_CORE_DEVICE_TEAM_H

#include "device/group.h"

typedef struct rn_team rn_team;

/* One rank's part of a job. */
typedef rn_status rn_team_job(void *context, int32_t rank);

/* Joins opened devices (RN_MAX_RANKS at most) and starts the threads. Their backend's collective
 * operations connect them; where it has none, the core does. With other processes, waits for
 * these. The devices outlive the team. */
rn_status rn_team_open(const rn_ranks *ranks, rn_team **out);

/* Calls the job once for each rank, all at the same time, and returns when every call has returned.
 * If a rank fails, the others are interrupted, and this and every later call return the first
 * failure. Allocates nothing. */
rn_status rn_team_run(rn_team *team, rn_team_job *job, void *context);

/* Seconds that the first rank has waited for others in exchanges of the core's. */
double rn_team_waited_s(const rn_team *team);

/* Ends the threads, and waits for exchanges under way. Call it before plans are destroyed and
 * devices closed. */
void rn_team_close(rn_team *team);

#endif
