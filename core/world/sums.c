/* sums.c: exchanges as those see them who wait for them. */
#include <stdlib.h>
#include <string.h>

#include "base/bf16.h"
#include "base/status.h"
#include "world/exchanges.h"
#include "world/state.h"
#include "world/thread.h"

/* The sum over one process, times the factor. */
static void scale(const rn_world_sum *sum)
{
    if (sum->factor == 1 || sum->is_broadcast)
        return;
    for (uint64_t i = 0; i < sum->count; i++)
        if (sum->type == RN_TRANSPORT_F32)
            ((float *)sum->data)[i] *= (float)sum->factor;
        else if (sum->type == RN_TRANSPORT_F64)
            ((double *)sum->data)[i] *= sum->factor;
        else if (sum->type == RN_TRANSPORT_BF16)
            ((uint16_t *)sum->data)[i] = rn_bf16_from_float(
                rn_bf16_to_float(((uint16_t *)sum->data)[i]) * (float)sum->factor);
}

void rn_world_start(rn_world_sum *sum)
{
    rn_world_state *world = &rn_world_self;
    sum->next = NULL;
    if (rn_world_is_alone()) {
        scale(sum);
        sum->state = RN_WORLD_DONE;
        return;
    }
    pthread_mutex_lock(&world->lock);
    sum->state = world->settled ? RN_WORLD_LOST : RN_WORLD_QUEUED;
    if (!world->settled) {
        *world->queued_end = sum;
        world->queued_end = &sum->next;
        pthread_cond_signal(&world->work);
    }
    pthread_mutex_unlock(&world->lock);
}

rn_status rn_world_wait(rn_world_sum *sum)
{
    rn_world_state *world = &rn_world_self;
    rn_world_patience patience = { 0 };
    if (rn_world_is_alone())
        return RN_OK;
    pthread_mutex_lock(&world->lock);
    if (sum->state != RN_WORLD_DONE && !world->settled) {
        double start_s = rn_world_now_s();
        world->n_waiting++;
        while (sum->state != RN_WORLD_DONE && !world->settled)
            rn_world_thread_await(world, &patience);
        world->n_waiting--;
        world->times.waited_s += rn_world_now_s() - start_s;
    }
    rn_status status = sum->state == RN_WORLD_DONE ? RN_OK : rn_world_fault_raise(world);
    pthread_mutex_unlock(&world->lock);
    return status;
}

bool rn_world_is_done(const rn_world_sum *sum)
{
    rn_world_state *world = &rn_world_self;
    pthread_mutex_lock(&world->lock);
    bool done = sum->state == RN_WORLD_DONE || world->settled;
    pthread_mutex_unlock(&world->lock);
    return done;
}

static rn_status exchange(rn_world_sum *sum)
{
    rn_world_start(sum);
    return rn_world_wait(sum);
}

rn_status rn_world_add_up(int32_t group, int32_t type, void *data, uint64_t count, double factor)
{
    rn_world_sum sum = {
        .data = data, .count = count, .type = type, .group = group, .factor = factor
    };
    return exchange(&sum);
}

rn_status rn_world_broadcast(int32_t from, void *data, uint64_t bytes)
{
    rn_world_sum sum = { .data = data, .count = bytes, .is_broadcast = true, .from = from };
    return exchange(&sum);
}

rn_status rn_world_barrier(void)
{
    int64_t nothing = 0;
    return rn_world_add_up(0, RN_TRANSPORT_I64, &nothing, 1, 1);
}

rn_world_times rn_world_read_times(void)
{
    rn_world_state *world = &rn_world_self;
    pthread_mutex_lock(&world->lock);
    rn_world_times times = world->times;
    pthread_mutex_unlock(&world->lock);
    return times;
}
