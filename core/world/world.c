/* world.c: the processes of a run, from its beginning to its end. */
#include "world/world.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/status.h"
#include "base/thread.h"
#include "plugin/launcher.h"
#include "world/hosts.h"
#include "world/thread.h"

/* In a failed run, how long the process that speaks waits before it ends all, so that the others
 * can end what they do; and how long the others wait for that. */
#define LEAVE_S 0.5
#define FORCE_S 3.0

/* How long the other processes wait before they tell that they cannot be connected. */
#define FIRST_S 3.0

/* How long the transport may take for an orderly end, when all work was done. */
#define CLOSE_S 5.0

static rn_world_state *const world = &rn_world_self;

const rn_world *rn_world_get(void)
{
    return &world->facts;
}

bool rn_world_is_alone(void)
{
    return world->facts.n_processes < 2;
}

bool rn_world_is_first(void)
{
    return world->facts.process == 0;
}

/* What is asked for: an option goes before what the launcher asks for. */
static bool choose_transport(const char *named, rn_launcher *launcher)
{
    bool launched = rn_launcher_find(launcher);
    if (!named)
        return launched;
    if (!launched)
        launcher->n_processes = 0;
    launcher->transport = named;
    return strcmp(named, RN_TRANSPORT_NONE) != 0;
}

static rn_status connect_processes(const rn_launcher *launcher)
{
    world->facts.transport = launcher->transport;
    world->queued_end = &world->queued;
    world->started_end = &world->started;
    world->busy = true;
    snprintf(world->busy_with, sizeof world->busy_with, "starts");
    rn_condition_init(&world->work);
    rn_condition_init(&world->news);
    rn_status status = rn_world_thread_start(world);
    if (rn_world_is_alone())
        world->facts.transport = NULL;
    if (!status)
        status = rn_launcher_check(launcher, world->facts.n_processes);
    if (!status && !rn_world_is_alone())
        status = rn_world_hosts_exchange(world);
    return status;
}

static rn_status connect_by(rn_registry *registry, const rn_launcher *launcher)
{
    const rn_transport *transport = NULL;
    rn_status status = rn_registry_transport(registry, launcher->transport, &transport);
    if (status)
        return status;
    world->transport = *transport;
    return connect_processes(launcher);
}

rn_status rn_world_open(rn_registry *registry, const char *named)
{
    rn_launcher launcher;
    if (!choose_transport(named, &launcher))
        return RN_OK;
    rn_status status = connect_by(registry, &launcher);
    /* Where each process fails by itself, the first one does so first, and its end ends all. */
    if (status && rn_world_is_alone() && launcher.process)
        rn_world_sleep(FIRST_S);
    if (!status)
        status = rn_world_agree("the program", "resnet-run " RN_VERSION);
    if (!status)
        rn_log(RN_LOG_INFO, "process %d of %d, on host %s, by transport %s (%s)",
               world->facts.process, world->facts.n_processes,
               world->facts.hosts[world->facts.process], launcher.transport,
               world->transport.library());
    return status;
}

void rn_world_set_deadline(double seconds)
{
    pthread_mutex_lock(&world->lock);
    world->deadline_s = seconds;
    pthread_mutex_unlock(&world->lock);
}

void rn_world_busy(const char *what)
{
    pthread_mutex_lock(&world->lock);
    world->busy = what != NULL;
    snprintf(world->busy_with, sizeof world->busy_with, "%s", what ? what : "");
    pthread_mutex_unlock(&world->lock);
}

rn_status rn_world_failure(void)
{
    pthread_mutex_lock(&world->lock);
    rn_status status = world->settled ? rn_world_fault_raise(world) : RN_OK;
    pthread_mutex_unlock(&world->lock);
    return status;
}

void rn_world_watch(void (*failed)(void *argument), void *argument)
{
    pthread_mutex_lock(&world->lock);
    world->failed = failed;
    world->failed_argument = argument;
    if (failed && world->settled) {
        failed(argument);
        world->failed = NULL;
    }
    pthread_mutex_unlock(&world->lock);
}

rn_status rn_world_fail(rn_status status)
{
    rn_world_patience patience = { 0 };
    if (rn_world_is_alone())
        return status;
    pthread_mutex_lock(&world->lock);
    rn_world_record_own_locked(world, status, rn_fail_text());
    while (!world->settled)
        rn_world_thread_await(world, &patience);
    status = rn_world_fault_raise(world);
    pthread_mutex_unlock(&world->lock);
    return status;
}

/* Waits until all have ended their work; with the lock held. */
static void end_work(void)
{
    rn_world_patience patience = { 0 };
    world->ended = true;
    pthread_cond_signal(&world->work);
    while (!world->all_ended && !world->settled)
        rn_world_thread_await(world, &patience);
}

rn_status rn_world_close(rn_status status, bool *speaks)
{
    bool is_result = !status || status == RN_E_MISMATCH || status == RN_E_INTERRUPTED;
    *speaks = status && (rn_world_is_alone() || rn_world_is_first());
    if (rn_world_is_alone())
        return status;
    if (!is_result)
        status = rn_world_fail(status);
    pthread_mutex_lock(&world->lock);
    if (is_result)
        end_work();
    if (world->settled) {
        status = rn_world_fault_raise(world);
        *speaks = world->fault.teller == world->facts.process;
    }
    pthread_mutex_unlock(&world->lock);
    return status;
}

/* The process that has printed the message lets the launcher end the others; should it be gone,
 * each of them does so. */
static void abort_run(int32_t exit_status)
{
    rn_world_sleep(world->fault.teller == world->facts.process ? LEAVE_S : FORCE_S);
    pthread_mutex_lock(&world->lock);
    bool is_stuck = world->stuck;
    world->aborts = true;
    world->abort_status = exit_status;
    pthread_cond_signal(&world->work);
    pthread_mutex_unlock(&world->lock);
    if (!is_stuck)
        rn_world_sleep(FORCE_S);
}

/* Lets the transport end in order; true if it has. */
static bool close_link(void)
{
    rn_world_patience patience = { 0 };
    double start_s = rn_world_now_s();
    pthread_mutex_lock(&world->lock);
    world->leaves = true;
    pthread_cond_signal(&world->work);
    while (world->phase != RN_WORLD_CLOSED && rn_world_now_s() - start_s < CLOSE_S)
        rn_world_thread_await(world, &patience);
    bool is_closed = world->phase == RN_WORLD_CLOSED;
    pthread_mutex_unlock(&world->lock);
    return is_closed;
}

bool rn_world_leave(int32_t exit_status)
{
    if (world->phase == RN_WORLD_ALONE)
        return true;
    if (!rn_world_is_alone() && rn_world_is_settled(world)) {
        abort_run(exit_status);
        return false;
    }
    if (!close_link()) {
        rn_log(RN_LOG_WARNING, "transport %s has not closed for %g s", world->facts.transport,
               CLOSE_S);
        return false;
    }
    pthread_join(world->thread, NULL);
    world->phase = RN_WORLD_ALONE;
    return true;
}
