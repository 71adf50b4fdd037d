/* mean.c: means over all ranks, which go on while the members compute.
 *
 * The member that starts one as the last of its process adds up what all members have, in the order
 * of their ranks, and hands the sum to the world. Whoever waits for it first copies the result to
 * the others. */
#include <resnet/transport.h>
#include <stdlib.h>
#include <string.h>

#include "base/bf16.h"
#include "base/status.h"
#include "device/group_parts.h"

rn_mean *rn_group_mean(rn_group *group, int32_t member)
{
    rn_mean **at = &group->means;
    for (int32_t i = 0; i < group->members[member].n_means; i++)
        at = &(*at)->next;
    if (!*at)
        *at = calloc(1, sizeof **at);
    if (!*at)
        return NULL;
    (*at)->group = group;
    group->members[member].n_means++;
    return *at;
}

/* What does not leave the process is not rounded. */
rn_status rn_mean_add(rn_mean *mean, int32_t member, int64_t count, bool in_bf16)
{
    const rn_ranks *ranks = &mean->group->ranks;
    if (member > 0)
        return RN_OK;
    rn_piece *piece = &mean->pieces[mean->n_pieces++];
    piece->count = count;
    if (!in_bf16 || ranks->all == ranks->n)
        return RN_OK;
    piece->wire = malloc((size_t)count * sizeof *piece->wire);
    return piece->wire ? RN_OK : rn_fail(RN_E_NOMEM, "no memory for gradients in bf16");
}

void rn_mean_set(rn_mean *mean, int32_t member, int32_t piece, float *numbers)
{
    mean->pieces[piece].of_member[member] = numbers;
}

static void add_members(const rn_piece *piece, int32_t n)
{
    float *sums = piece->of_member[0];
    for (int32_t i = 1; i < n; i++)
        for (int64_t k = 0; k < piece->count; k++)
            sums[k] += piece->of_member[i][k];
}

static void start_piece(const rn_ranks *ranks, rn_piece *piece)
{
    add_members(piece, ranks->n);
    for (int64_t i = 0; piece->wire && i < piece->count; i++)
        piece->wire[i] = rn_bf16_from_float(piece->of_member[0][i]);
    piece->sum = (rn_world_sum){ .data = piece->wire ? (void *)piece->wire : piece->of_member[0],
                                 .count = (uint64_t)piece->count,
                                 .type = piece->wire ? RN_TRANSPORT_BF16 : RN_TRANSPORT_F32,
                                 .factor = 1.0 / ranks->all };
    rn_world_start(&piece->sum);
}

/* A later mean has its last member later, too, and so all processes start theirs in one order. */
void rn_mean_start(rn_mean *mean)
{
    rn_group *group = mean->group;
    pthread_mutex_lock(&group->lock);
    bool is_last = ++mean->n_started == group->ranks.n;
    pthread_mutex_unlock(&group->lock);
    if (!is_last)
        return;
    for (int32_t i = 0; i < mean->n_pieces; i++)
        start_piece(&group->ranks, &mean->pieces[i]);
    pthread_mutex_lock(&group->lock);
    mean->is_under_way = true;
    pthread_cond_broadcast(&group->changed);
    pthread_mutex_unlock(&group->lock);
}

static rn_status end_piece(const rn_ranks *ranks, rn_piece *piece)
{
    rn_status status = rn_world_wait(&piece->sum);
    float *means = piece->of_member[0];
    for (int64_t i = 0; piece->wire && i < piece->count; i++)
        means[i] = rn_bf16_to_float(piece->wire[i]);
    for (int32_t i = 1; i < ranks->n; i++)
        memcpy(piece->of_member[i], means, (size_t)piece->count * sizeof *means);
    return status;
}

static rn_status end_pieces(rn_mean *mean)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < mean->n_pieces; i++) {
        rn_status ended = end_piece(&mean->group->ranks, &mean->pieces[i]);
        status = status ? status : ended;
    }
    return status;
}

void rn_mean_end(rn_mean *mean)
{
    if (mean->is_under_way && !mean->n_waiting)
        end_pieces(mean);
}

/* The last member to leave makes it ready for the next step. */
static void leave(rn_mean *mean)
{
    if (++mean->n_done < mean->group->ranks.n)
        return;
    mean->n_started = mean->n_waiting = mean->n_done = 0;
    mean->is_under_way = mean->is_complete = false;
}

static rn_status wait_locked(rn_mean *mean)
{
    rn_group *group = mean->group;
    rn_status status = RN_OK;
    while (!mean->is_under_way && !status)
        status = rn_group_await(group);
    if (status)
        return status;
    if (mean->n_waiting++ == 0) {
        pthread_mutex_unlock(&group->lock);
        status = end_pieces(mean);
        pthread_mutex_lock(&group->lock);
        mean->is_complete = !status;
        pthread_cond_broadcast(&group->changed);
    }
    while (!mean->is_complete && !status)
        status = rn_group_await(group);
    if (!status)
        leave(mean);
    return status;
}

rn_status rn_mean_wait(rn_mean *mean, int32_t member)
{
    rn_group *group = mean->group;
    uint64_t start = rn_host_table()->time_ns();
    pthread_mutex_lock(&group->lock);
    rn_status status = wait_locked(mean);
    pthread_mutex_unlock(&group->lock);
    group->members[member].waited_s += (double)(rn_host_table()->time_ns() - start) * 1e-9;
    return status;
}
