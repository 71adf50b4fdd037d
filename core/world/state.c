/* state.c: what the threads of this process share of the world. */
#include "world/state.h"

#include <stdio.h>
#include <time.h>

#include "base/status.h"

static const char *const alone_hosts[] = { "" };

rn_world_state rn_world_self = {
    .facts = { .n_processes = 1, .n_on_host = 1, .hosts = alone_hosts },
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .deadline_s = 120,
};

double rn_world_now_s(void)
{
    return (double)rn_host_table()->time_ns() * 1e-9;
}

void rn_world_sleep(double seconds)
{
    const struct timespec time = { .tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&time, NULL);
}

void rn_world_record(rn_world_state *world, rn_status status, int32_t teller, const char *text)
{
    rn_world_fault *fault = &world->fault;
    if (world->settled || (fault->status && fault->teller <= teller))
        return;
    fault->status = status;
    fault->teller = teller;
    snprintf(fault->text, sizeof fault->text, "%s", text);
    pthread_cond_signal(&world->work);
}

void rn_world_record_own_locked(rn_world_state *world, rn_status status, const char *text)
{
    char whole[RN_WORLD_TEXT_BYTES];
    int32_t process = world->facts.process;
    snprintf(whole, sizeof whole, "process %d on host %s: %s", process,
             rn_world_host(world, process), text);
    rn_world_record(world, status, process, whole);
}

void rn_world_record_own(rn_world_state *world, rn_status status, const char *text)
{
    pthread_mutex_lock(&world->lock);
    rn_world_record_own_locked(world, status, text);
    pthread_mutex_unlock(&world->lock);
}

bool rn_world_is_settled(rn_world_state *world)
{
    pthread_mutex_lock(&world->lock);
    bool settled = world->settled;
    pthread_mutex_unlock(&world->lock);
    return settled;
}

const char *rn_world_host(const rn_world_state *world, int32_t process)
{
    return world->facts.hosts == alone_hosts ? "unknown" : world->facts.hosts[process];
}

rn_status rn_world_fault_raise(const rn_world_state *world)
{
    return rn_fail(world->fault.status, "%s", world->fault.text);
}
