/* thread.c: the world's thread. */
#include "world/thread.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/status.h"
#include "base/thread.h"
#include "world/exchanges.h"
#include "world/notes.h"

/* How often notes are looked at: while nothing is exchanged, and meanwhile. */
#define IDLE_NS 20000000L
#define NOTES_S 0.002

/* While exchanges are under way, their tests are repeated. Where somebody waits for them, this
 * process has nothing better to do for a while; otherwise, or later, the processor is for those who
 * compute. So naps grow with the time since an exchange began or ended: by a share of it, which is
 * what they may add. Where a late process is waited for, the thread was seen to take 11 % of a
 * processor with naps of 100 us and 2.5 % with 500 us, which made an exchange of 44.7 MB that is
 * hidden 40 % longer; the longest naps are between the two. */
#define EAGER_S 0.0005
#define LEAST_NAP_S 20e-6
#define MOST_NAP_S 200e-6
#define NAP_SHARE_WAITED 0.02
#define NAP_SHARE 0.1

/* How often those who wait look whether the thread is at work, and after how many deadlines it is
 * not: later than the other processes find this one silent. */
#define AWAIT_NS 100000000L
#define STUCK 2

static void rest(rn_world_state *world)
{
    pthread_mutex_lock(&world->lock);
    bool works = world->started && !world->settled, waits = world->n_waiting > 0;
    if (!works && !world->aborts && !world->leaves && (world->settled || !world->queued))
        rn_condition_wait(&world->work, &world->lock, IDLE_NS);
    world->n_turns++;
    pthread_mutex_unlock(&world->lock);
    if (!works)
        return;
    double quiet_s = rn_world_now_s() - world->event_s;
    if (waits && quiet_s < EAGER_S)
        sched_yield();
    else
        rn_world_sleep(
            fmin(fmax(quiet_s * (waits ? NAP_SHARE_WAITED : NAP_SHARE), LEAST_NAP_S), MOST_NAP_S));
}

/* From here on the transport touches no data of the callers. */
static void settle(rn_world_state *world)
{
    pthread_mutex_lock(&world->lock);
    bool settles = world->fault.status && !world->settled && rn_notes_have_told(world);
    if (settles) {
        rn_exchanges_lose(world);
        world->settled = true;
        if (world->failed)
            world->failed(world->failed_argument);
        world->failed = NULL;
        pthread_cond_broadcast(&world->news);
    }
    pthread_mutex_unlock(&world->lock);
}

static bool is_over(rn_world_state *world)
{
    pthread_mutex_lock(&world->lock);
    bool aborts = world->aborts, leaves = world->leaves;
    pthread_mutex_unlock(&world->lock);
    if (aborts)
        world->transport.abort(world->link, world->abort_status);
    if (leaves)
        rn_notes_let_go(world);
    return leaves;
}

static void run(rn_world_state *world)
{
    while (!is_over(world)) {
        if (!rn_world_is_settled(world)) {
            rn_exchanges_turn(world);
            if (rn_world_now_s() - world->turn_s > NOTES_S)
                rn_notes_turn(world);
            settle(world);
        }
        rest(world);
    }
}

static rn_status open_link(rn_world_state *world)
{
    rn_transport_info info = { .size = sizeof info };
    rn_status status = world->transport.open(rn_host_table(), &info, &world->link);
    if (!status) {
        world->facts.process = info.process;
        world->facts.n_processes = info.n_processes;
    }
    pthread_mutex_lock(&world->lock);
    world->opened = status;
    snprintf(world->fault.text, sizeof world->fault.text, "%s", rn_fail_text());
    world->phase = status ? RN_WORLD_CLOSED : RN_WORLD_RUNS;
    pthread_cond_broadcast(&world->news);
    pthread_mutex_unlock(&world->lock);
    return status;
}

static void *serve(void *argument)
{
    rn_world_state *world = argument;
    prctl(PR_SET_TIMERSLACK, 1000UL); /* or a nap of 20 us takes 70 */
    if (open_link(world))
        return NULL;
    double now_s = rn_world_now_s();
    world->next.heard_s = world->next.advanced_s = world->turn_s = now_s;
    if (world->facts.n_processes > 1)
        run(world);
    world->transport.close(world->link);
    pthread_mutex_lock(&world->lock);
    world->phase = RN_WORLD_CLOSED;
    pthread_cond_broadcast(&world->news);
    pthread_mutex_unlock(&world->lock);
    return NULL;
}

rn_status rn_world_thread_start(rn_world_state *world)
{
    rn_world_patience patience = { 0 };
    world->phase = RN_WORLD_OPENING;
    int error = rn_thread_start(&world->thread, serve, world);
    if (error) {
        world->phase = RN_WORLD_ALONE;
        return rn_fail(RN_E_NOMEM, "cannot start a thread for transport %s: %s",
                       world->facts.transport, strerror(error));
    }
    pthread_mutex_lock(&world->lock);
    while (world->phase == RN_WORLD_OPENING && !world->settled)
        rn_world_thread_await(world, &patience);
    rn_status status = world->settled ? world->fault.status : world->opened;
    pthread_mutex_unlock(&world->lock);
    if (status)
        return rn_fail(status, "%s", world->fault.text);
    return RN_OK;
}

void rn_world_thread_await(rn_world_state *world, rn_world_patience *patience)
{
    char text[RN_WORLD_TEXT_BYTES];
    double start_s = rn_world_now_s();
    rn_condition_wait(&world->news, &world->lock, AWAIT_NS);
    /* A process that was stopped has not waited meanwhile. */
    double waited_s = fmin(rn_world_now_s() - start_s, AWAIT_NS * 1e-9);
    patience->same_s = patience->n_turns == world->n_turns ? patience->same_s + waited_s : 0;
    patience->n_turns = world->n_turns;
    bool is_stuck = patience->same_s > world->deadline_s * STUCK;
    if (!is_stuck || world->settled || world->leaves)
        return;
    snprintf(text, sizeof text, "transport %s has not returned from a call for %.3g s",
             world->facts.transport, patience->same_s);
    rn_world_record_own_locked(world, RN_E_DEVICE, text);
    world->stuck = world->settled = true;
    pthread_cond_broadcast(&world->news);
}
