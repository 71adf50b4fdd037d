/* step.c: a step on every device of a plan, each with its part of the batch. */
#include "train/step.h"

#include "base/status.h"

/* A step under way, as each rank sees it. */
typedef struct step {
    rn_session *session;
    rn_plan *plan; /* of rank 0 */
    const rn_batch *batch;
    const rn_step_params *params;
    bool is_fed;
    float losses[RN_MAX_RANKS];
    bool overflowed[RN_MAX_RANKS];
} step;

static rn_plan *plan_of(const step *s, int32_t rank)
{
    rn_plan *plan = s->plan;
    for (; rank > 0; rank--)
        plan = plan->replica;
    return plan;
}

static rn_status each_rank(step *s, rn_rank_job *job)
{
    return s->plan->n_ranks > 1 ? rn_ranks_run(s->session->ranks, job, s) : job(s, 0);
}

/* A rank's part of the images and labels. */
static rn_status upload_batch(rn_plan *plan, const rn_batch *batch, int32_t rank)
{
    const rn_dag *dag = plan->dag;
    rn_status status =
        rn_plan_upload(plan, dag->images, batch->images + rank * rn_desc_count(&dag->images->desc));
    if (!status && dag->labels)
        status = rn_plan_upload(plan, dag->labels,
                                batch->labels + rank * rn_desc_count(&dag->labels->desc));
    return status;
}

/* The loss of a rank is a mean over fewer images, so its gradients are larger. With less of the
 * scale they are no larger in half precision than those of one device; a power of two, as the scale
 * itself, rounds nothing. */
static float share_of_scale(double loss_scale, int32_t n_ranks)
{
    double divisor = 1;
    while (divisor < n_ranks)
        divisor *= 2;
    return (float)(loss_scale / divisor);
}

static rn_status upload_params(rn_plan *plan, const rn_step_params *params)
{
    const rn_dag *dag = plan->dag;
    const float learning_rate = (float)params->learning_rate;
    const double scale = params->loss_scale > 0 ? params->loss_scale : 1;
    const float loss_scale[2] = { share_of_scale(scale, plan->n_ranks), 0 };
    const int32_t random[2] = { (int32_t)params->seed, (int32_t)params->step };
    rn_status status = RN_OK;
    if (dag->learning_rate)
        status = rn_plan_upload(plan, dag->learning_rate, &learning_rate);
    if (!status && dag->loss_scale)
        status = rn_plan_upload(plan, dag->loss_scale, loss_scale);
    if (!status && dag->random)
        status = rn_plan_upload(plan, dag->random, random);
    return status;
}

rn_status rn_step_upload(rn_plan *plan, const rn_batch *batch, const rn_step_params *params)
{
    rn_status status = upload_batch(plan, batch, 0);
    return status ? status : upload_params(plan, params);
}

static rn_status begin_rank(void *context, int32_t rank)
{
    const step *s = context;
    rn_plan *plan = plan_of(s, rank);
    rn_status status = s->is_fed ? RN_OK : upload_batch(plan, s->batch, rank);
    if (!status)
        status = upload_params(plan, s->params);
    return status ? status : rn_plan_run(plan);
}

rn_status rn_step_begin(rn_session *session, rn_plan *plan, const rn_batch *batch,
                        const rn_step_params *params)
{
    step s = { .session = session,
               .plan = plan,
               .batch = batch,
               .params = params,
               .is_fed = plan->fed == batch->images };
    for (int32_t i = 0; i < session->n_plans; i++)
        session->plans[i]->fed = NULL;
    return each_rank(&s, begin_rank);
}

static rn_status feed_rank(void *context, int32_t rank)
{
    const step *s = context;
    return upload_batch(plan_of(s, rank), s->batch, rank);
}

rn_status rn_step_feed(rn_session *session, rn_plan *plan, const rn_batch *batch)
{
    step s = { .session = session, .plan = plan, .batch = batch };
    rn_status status = each_rank(&s, feed_rank);
    plan->fed = status ? NULL : batch->images;
    return status;
}

static rn_status end_rank(void *context, int32_t rank)
{
    step *s = context;
    rn_plan *plan = plan_of(s, rank);
    const rn_dag *dag = plan->dag;
    float loss_scale[2] = { 0 };
    float *probabilities =
        s->session->probabilities + rank * rn_desc_count(&dag->probabilities->desc);
    rn_status status = rn_plan_download(plan, dag->probabilities, probabilities);
    if (!status && dag->loss)
        status = rn_plan_download(plan, dag->loss, &s->losses[rank]);
    if (!status && dag->loss_scale)
        status = rn_plan_download(plan, dag->loss_scale, loss_scale);
    s->overflowed[rank] = loss_scale[1] != 0;
    return status;
}

static int64_t count_correct(const float *probabilities, const int32_t *labels, int64_t n,
                             int64_t n_classes)
{
    int64_t n_correct = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *row = probabilities + i * n_classes;
        int64_t best = 0;
        for (int64_t k = 1; k < n_classes; k++)
            if (row[k] > row[best])
                best = k;
        n_correct += best == labels[i];
    }
    return n_correct;
}

rn_status rn_step_end(rn_session *session, rn_plan *plan, const rn_batch *batch,
                      rn_step_result *result)
{
    step s = { .session = session, .plan = plan };
    rn_status status = each_rank(&s, end_rank);
    if (status)
        return status;
    *result = (rn_step_result){ 0 };
    for (int32_t i = 0; i < plan->n_ranks; i++) {
        result->loss += (double)s.losses[i] / plan->n_ranks;
        result->overflowed = result->overflowed || s.overflowed[i];
    }
    if (plan->dag->labels)
        result->n_correct = count_correct(session->probabilities, batch->labels, batch->count,
                                          session->config->network.classes);
    return RN_OK;
}

rn_status rn_step_run(rn_session *session, rn_plan *plan, const rn_batch *batch,
                      const rn_step_params *params, rn_step_result *result)
{
    rn_status status = rn_step_begin(session, plan, batch, params);
    return status ? status : rn_step_end(session, plan, batch, result);
}

/* The batch after the one in hand. The copy of its images goes on beside the step that has begun,
 * where it is of the same plan: another one's inputs may lie where this step computes. */
static rn_status look_ahead(rn_walk *walk)
{
    rn_status status = walk->loader ? rn_loader_next(walk->loader, &walk->next) : RN_OK;
    if (status || walk->next.count != walk->batch.count)
        return status;
    return rn_step_feed(walk->session, walk->plan, &walk->next);
}

rn_status rn_step_walk(rn_walk *walk, const rn_step_params *params, rn_step_result *result)
{
    rn_status status = RN_OK;
    if (walk->loader && !walk->has_next)
        status = rn_loader_next(walk->loader, &walk->next);
    walk->has_next = true;
    walk->batch = walk->next;
    if (status || walk->batch.count == 0)
        return status;
    walk->plan = rn_session_plan(walk->session, walk->pass, walk->batch.count);
    status = rn_step_begin(walk->session, walk->plan, &walk->batch, params);
    if (!status)
        status = look_ahead(walk);
    return status ? status : rn_step_end(walk->session, walk->plan, &walk->batch, result);
}
