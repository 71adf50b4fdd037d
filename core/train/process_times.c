/* process_times.c: gathers the times of all processes: each puts its row into a table of zeros, and
 * the sum is the table. */
#include "train/process_times.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/status.h"
#include "world/world.h"

enum { COMPUTING, WAITING, EXCHANGING, N_TIMES };

static void log_times(const rn_world *world, int64_t epoch, const double *table)
{
    for (int32_t i = 0; i < world->n_processes; i++)
        rn_log(RN_LOG_INFO,
               "epoch %lld: process %d on %s: %.2f s computing, %.2f s waiting for others, "
               "exchanges under way for %.2f s",
               (long long)epoch, i, world->hosts[i], table[i * N_TIMES + COMPUTING],
               table[i * N_TIMES + WAITING], table[i * N_TIMES + EXCHANGING]);
}

rn_status rn_process_times_log(const rn_session *session, int64_t epoch,
                               const rn_session_times *before)
{
    const rn_world *world = rn_world_get();
    const rn_session_times now = rn_session_read_times(session);
    if (rn_world_is_alone())
        return RN_OK;
    double *table = calloc((size_t)world->n_processes * N_TIMES, sizeof *table);
    if (!table)
        return rn_fail(RN_E_NOMEM, "no memory for the times of the processes");
    double *row = table + world->process * N_TIMES, wait_s = now.wait_s - before->wait_s;
    row[COMPUTING] = now.step_s - before->step_s - wait_s;
    row[WAITING] = wait_s;
    row[EXCHANGING] = now.exchange_s - before->exchange_s;
    rn_status status =
        rn_world_add_up(0, RN_TRANSPORT_F64, table, (uint64_t)world->n_processes * N_TIMES, 1);
    if (!status && rn_world_is_first())
        log_times(world, epoch, table);
    free(table);
    return status;
}
