/* exchanges.c: exchanges, from the queue to their end. */
#include "world/exchanges.h"

#include <stdio.h>

#include "base/status.h"

static rn_world_sum *take_queued(rn_world_state *world)
{
    pthread_mutex_lock(&world->lock);
    rn_world_sum *sum = world->fault.status ? NULL : world->queued;
    if (sum) {
        world->queued = sum->next;
        if (!world->queued)
            world->queued_end = &world->queued;
    }
    pthread_mutex_unlock(&world->lock);
    return sum;
}

static uint64_t bytes_of(const rn_world_sum *sum)
{
    static const uint64_t sizes[] = { 1, 4, 2, 8, 8 };
    return sum->count * sizes[sum->is_broadcast ? 0 : sum->type];
}

static rn_status start(rn_world_state *world, rn_world_sum *sum)
{
    const rn_transport *transport = &world->transport;
    int32_t group = sum->group ? sum->group : world->facts.n_processes;
    if (sum->is_broadcast)
        return transport->broadcast(world->link, sum->from, sum->data, sum->count, &sum->exchange);
    return transport->all_reduce(world->link, group, sum->type, sum->data, sum->count, sum->factor,
                                 &sum->exchange);
}

static void append_started(rn_world_state *world, rn_world_sum *sum)
{
    pthread_mutex_lock(&world->lock);
    sum->start_s = world->event_s = rn_world_now_s();
    sum->number = world->n_started++;
    sum->state = RN_WORLD_STARTED;
    sum->next = NULL;
    if (!world->started)
        world->first_start_s = sum->start_s;
    *world->started_end = sum;
    world->started_end = &sum->next;
    pthread_mutex_unlock(&world->lock);
}

static void break_down(rn_world_state *world, const rn_world_sum *sum, rn_status status)
{
    char text[RN_WORLD_TEXT_BYTES];
    snprintf(text, sizeof text, "exchange %lld failed in transport %s: %s", (long long)sum->number,
             world->facts.transport, rn_fail_text());
    world->broken = true;
    rn_world_record_own(world, status, text);
}

/* Takes a sum that is done out of the list: `link` points to it there. */
static void finish(rn_world_state *world, rn_world_sum **link)
{
    pthread_mutex_lock(&world->lock);
    rn_world_sum *sum = *link;
    *link = sum->next;
    if (!sum->next)
        world->started_end = link;
    world->event_s = rn_world_now_s();
    if (!world->started)
        world->times.under_way_s += world->event_s - world->first_start_s;
    world->times.bytes += bytes_of(sum);
    sum->state = RN_WORLD_DONE;
    pthread_cond_broadcast(&world->news);
    pthread_mutex_unlock(&world->lock);
}

void rn_exchanges_turn(rn_world_state *world)
{
    rn_world_sum *sum;
    while (!world->broken && (sum = take_queued(world))) {
        append_started(world, sum);
        rn_status status = start(world, sum);
        if (status)
            break_down(world, sum, status);
    }
    for (rn_world_sum **link = &world->started;
         !world->broken && !rn_world_is_settled(world) && *link;) {
        int32_t done = 0;
        rn_status status = world->transport.test(world->link, (*link)->exchange, &done);
        if (status)
            break_down(world, *link, status);
        else if (done)
            finish(world, link);
        else
            link = &(*link)->next;
    }
}

void rn_exchanges_lose(rn_world_state *world)
{
    for (rn_world_sum *sum = world->queued; sum; sum = sum->next)
        sum->state = RN_WORLD_LOST;
    for (rn_world_sum *sum = world->started; sum; sum = sum->next)
        sum->state = RN_WORLD_LOST;
    world->queued = world->started = NULL;
    world->queued_end = &world->queued;
    world->started_end = &world->started;
}
