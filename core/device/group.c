/* group.c: the members of a group, and the sums of their batch norms: the member that comes last
 * adds up what all have brought. */
#include "device/group.h"

#include <resnet/rank_sums.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/group_parts.h"

rn_status rn_group_await(rn_group *group)
{
    if (!group->is_interrupted)
        pthread_cond_wait(&group->changed, &group->lock);
    return group->is_interrupted ? rn_fail(RN_E_DEVICE, "another device of the step has failed")
                                 : RN_OK;
}

/* ---- Sums within a kernel ---- */

/* Over the members of a meeting, and those of the other processes that belong to it. */
static rn_status add_up(const rn_meeting *m, int64_t count)
{
    const rn_ranks *ranks = &m->group->ranks;
    double *sums = m->values[0];
    for (int32_t i = 1; i < m->n; i++)
        for (int64_t k = 0; k < count; k++)
            sums[k] += m->values[i][k];
    rn_status status = RN_OK;
    if (ranks->norm_group > ranks->n)
        status = rn_world_add_up(ranks->norm_group / ranks->n, RN_TRANSPORT_F64, sums,
                                 (uint64_t)count, 1);
    for (int32_t i = 1; i < m->n; i++)
        memcpy(m->values[i], sums, (size_t)count * sizeof *sums);
    return status;
}

/* A failure ends the job of the member that came last, and so interrupts the others. */
static rn_status meet(rn_meeting *m, int32_t place, double *values, int64_t count)
{
    rn_group *group = m->group;
    rn_status status = RN_OK;
    pthread_mutex_lock(&group->lock);
    int64_t round = m->round;
    m->values[place] = values;
    if (++m->n_here == m->n) {
        pthread_mutex_unlock(&group->lock);
        status = add_up(m, count);
        pthread_mutex_lock(&group->lock);
        m->n_here = 0;
        m->round += !status;
        pthread_cond_broadcast(&group->changed);
    }
    while (m->round == round && !status)
        status = rn_group_await(group);
    pthread_mutex_unlock(&group->lock);
    return status;
}

static rn_status sum_of_norms(void *argument, double *values, int64_t count)
{
    rn_member *self = argument;
    uint64_t start = rn_host_table()->time_ns();
    rn_status status = meet(self->meeting, self->place, values, count);
    self->waited_s += (double)(rn_host_table()->time_ns() - start) * 1e-9;
    return status;
}

/* Members in succession meet: all, or as many as are synchronised. */
static void arrange_meetings(rn_group *group)
{
    const rn_ranks *ranks = &group->ranks;
    int32_t size = ranks->norm_group < ranks->n ? ranks->norm_group : ranks->n;
    for (int32_t i = 0; i < ranks->n; i++) {
        rn_meeting *meeting = &group->meetings[i / size];
        *meeting = (rn_meeting){ .group = group, .n = size };
        group->members[i] = (rn_member){ .meeting = meeting, .place = i % size };
    }
}

/* ---- Opening and closing ---- */

static void join(rn_group *group, int32_t i)
{
    const rn_ranks *ranks = &group->ranks;
    rn_device *device = ranks->devices[i];
    device->group = group;
    device->member = i;
    if (device->rank_sums.size && ranks->norm_group > 1)
        device->rank_sums.set(device->context, sum_of_norms, &group->members[i], ranks->norm_group);
}

rn_status rn_group_open(const rn_ranks *ranks, rn_group **out)
{
    rn_group *group = calloc(1, sizeof *group);
    if (!group)
        return rn_fail(RN_E_NOMEM, "no memory for the group of devices");
    group->ranks = *ranks;
    pthread_mutex_init(&group->lock, NULL);
    pthread_cond_init(&group->changed, NULL);
    arrange_meetings(group);
    for (int32_t i = 0; i < ranks->n; i++)
        join(group, i);
    *out = group;
    return RN_OK;
}

void rn_group_interrupt(rn_group *group)
{
    pthread_mutex_lock(&group->lock);
    group->is_interrupted = true;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
}

/* What is under way still belongs to the world. */
static void free_means(rn_group *group)
{
    for (rn_mean *mean = group->means, *next; mean; mean = next) {
        next = mean->next;
        rn_mean_end(mean);
        for (int32_t i = 0; i < mean->n_pieces; i++)
            free(mean->pieces[i].wire);
        free(mean);
    }
}

void rn_group_close(rn_group *group)
{
    if (!group)
        return;
    for (int32_t i = 0; i < group->ranks.n; i++)
        group->ranks.devices[i]->group = NULL;
    free_means(group);
    pthread_mutex_destroy(&group->lock);
    pthread_cond_destroy(&group->changed);
    free(group);
}

const rn_ranks *rn_group_ranks(const rn_group *group)
{
    return &group->ranks;
}

double rn_group_waited_s(const rn_group *group)
{
    return group->members[0].waited_s;
}
