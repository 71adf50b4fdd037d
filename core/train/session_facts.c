/* session_facts.c: what can be asked of a session. */
#include "base/processors.h"
#include "plan/spend.h"
#include "train/session.h"
#include "world/world.h"

/* More threads than this do not load pictures faster. */
#define MAX_WORKERS 16

rn_size rn_session_size(const rn_session *session, rn_pass pass)
{
    return rn_pass_is_training(pass) ? session->train_size : (rn_size){ 0, 0 };
}

rn_pass_plans *rn_session_find(rn_session *session, rn_pass pass, int64_t batch)
{
    rn_size size = rn_session_size(session, pass);
    for (int32_t i = 0; i < session->n_passes; i++) {
        rn_pass_plans *plans = &session->passes[i];
        if (plans->pass == pass && plans->batch == batch && plans->size.height == size.height &&
            plans->size.width == size.width)
            return plans;
    }
    return NULL;
}

bool rn_session_takes_bytes(const rn_session *session, bool of_training)
{
    for (int32_t i = 0; i < session->n_passes; i++)
        if (rn_pass_is_training(session->passes[i].pass) == of_training)
            return session->passes[i].by_rank[0]->dag->bytes != NULL;
    return false;
}

rn_session_times rn_session_read_times(const rn_session *session)
{
    double in_team_s = session->team ? rn_team_waited_s(session->team) : 0;
    return (rn_session_times){ .step_s = session->step_s,
                               .wait_s = session->awaited_s + in_team_s,
                               .exchange_s = rn_world_read_times().under_way_s };
}

int64_t rn_session_workers(const rn_session *session)
{
    const rn_config *config = session->config;
    int64_t used = session->ranks[0].device->info.threads;
    if (config->data.workers)
        return config->data.workers;
    if (used && config->run.threads)
        used = config->run.threads;
    int64_t left = rn_processors() - (used ? used : 1);
    return left < 1 ? 1 : left < MAX_WORKERS ? left : MAX_WORKERS;
}

uint64_t rn_session_bytes(const rn_session *session, int32_t rank)
{
    uint64_t arena_bytes = 0, spent_bytes = 0;
    for (int32_t i = 0; i < session->n_passes; i++) {
        const rn_plan *plan = session->passes[i].by_rank[rank];
        if (plan && plan->memory->arena_bytes > arena_bytes)
            arena_bytes = plan->memory->arena_bytes;
        if (plan && plan->spends)
            spent_bytes = rn_spend_bytes(plan);
    }
    return session->store->size_bytes - spent_bytes + arena_bytes;
}
