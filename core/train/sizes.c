/* sizes.c: one set of plans and one list of transforms for each size. */
#include "train/sizes.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/status.h"
#include "config/train_sizes.h"
#include "train/evaluate.h"

static rn_size size_of(const rn_config *config, int64_t epoch)
{
    const rn_train_size *row = rn_train_size_at(config, epoch);
    return row ? (rn_size){ row->height, row->width }
               : (rn_size){ config->network.height, config->network.width };
}

/* How many the run goes through, where the cfg has no list, too. */
static int64_t n_sizes(const rn_config *config)
{
    return config->train.n_sizes ? config->train.n_sizes : 1;
}

static rn_status plan_size(rn_session *session, const rn_source *train)
{
    const rn_config *config = session->config;
    rn_pass_plans *plans = NULL;
    rn_status status = rn_evaluate_plans(session, RN_PASS_TRAIN, train);
    if (status || config->train.accumulate == 1 || train->dataset->count <= config->train.batch ||
        rn_session_find(session, RN_PASS_ACCUMULATE, config->train.batch))
        return status;
    return rn_session_add(session, RN_PASS_ACCUMULATE, config->train.batch, false, &plans);
}

rn_status rn_sizes_plan(rn_session *session, const rn_source *train)
{
    const rn_config *config = session->config;
    for (int64_t i = 0; i < n_sizes(config); i++) {
        session->train_size = size_of(config, config->train.sizes[i].epoch);
        rn_status status = plan_size(session, train);
        if (status && config->train.n_sizes)
            return rn_fail_at(status, "train.sizes, %" PRId64 "x%" PRId64,
                              session->train_size.height, session->train_size.width);
        if (status)
            return status;
    }
    return RN_OK;
}

static const rn_value *find_parameter(const rn_dag *dag, const char *name)
{
    for (int32_t i = 0; i < dag->n_values; i++)
        if (dag->values[i]->role == RN_ROLE_PARAM && strcmp(dag->values[i]->name, name) == 0)
            return dag->values[i];
    return NULL;
}

/* Compares the parameters of a pass with those at network.input. */
static rn_status check_pass(const rn_session *session, const rn_pass_plans *plans,
                            const rn_dag *reference)
{
    const rn_dag *dag = plans->by_rank[0]->dag;
    const rn_config *config = session->config;
    for (int32_t i = 0; i < dag->n_values; i++) {
        const rn_value *value = dag->values[i];
        const rn_value *other =
            value->role == RN_ROLE_PARAM ? find_parameter(reference, value->name) : NULL;
        if (!other || rn_desc_count(&value->desc) == rn_desc_count(&other->desc))
            continue;
        return rn_fail(RN_E_CONFIG,
                       "%s: train.sizes: \"%s\" is %s with pictures of %" PRId64 "x%" PRId64
                       " and %s with those of network.input; only a network whose layers fit every "
                       "size, as with global_avg_pool before the last, can be trained so",
                       config->path, value->name, RN_DESC_STRING(&value->desc), plans->size.height,
                       plans->size.width, RN_DESC_STRING(&other->desc));
    }
    return RN_OK;
}

rn_status rn_sizes_check(const rn_session *session)
{
    const rn_pass_plans *last = &session->passes[session->n_passes - 1];
    bool has_sizes = session->config->train.n_sizes > 0;
    rn_status status = RN_OK;
    for (int32_t i = 0; has_sizes && i < session->n_passes && !status; i++)
        status = check_pass(session, &session->passes[i], last->by_rank[0]->dag);
    return status;
}

rn_status rn_sizes_open(const rn_source *base, rn_sizes *sizes)
{
    const rn_config *config = base->config;
    *sizes = (rn_sizes){ .base = base };
    for (int64_t i = 0; i < config->train.n_sizes; i++) {
        rn_size size = size_of(config, config->train.sizes[i].epoch);
        rn_status status = rn_source_resize(base, size, &sizes->sources[i]);
        if (status)
            return status;
        sizes->n_sources++;
    }
    return RN_OK;
}

void rn_sizes_clear(rn_sizes *sizes)
{
    for (int64_t i = 0; i < sizes->n_sources; i++)
        rn_source_resize_clear(&sizes->sources[i]);
}

const rn_source *rn_sizes_begin(const rn_sizes *sizes, rn_session *session, int64_t epoch)
{
    const rn_config *config = session->config;
    const rn_train_size *row = rn_train_size_at(config, epoch);
    session->train_size = size_of(config, epoch);
    if (!row)
        return sizes->base;
    rn_log(RN_LOG_INFO, "epoch %" PRId64 ": pictures of %" PRId64 "x%" PRId64, epoch + 1,
           row->height, row->width);
    return &sizes->sources[row - config->train.sizes];
}
