/* step.c: a step on every rank of a pass, each with its part of the batch. */
#include "train/step.h"

#include <math.h>

#include "base/start.h"
#include "base/status.h"
#include "report/ranking.h"
#include "train/spread.h"
#include "world/world.h"

/* A step in progress, shared by the ranks. */
typedef struct step {
    rn_session *session;
    const rn_pass_plans *plans;
    const rn_batch *batch;
    const rn_step_params *params;
    bool is_fed; /* the batch, or its first part, is in the inputs already */
    double losses[RN_MAX_RANKS];
    bool overflowed[RN_MAX_RANKS];
    float norms[RN_MAX_RANKS]; /* of the gradients, where they are measured */
} step;

/* Does this process take part? A step that ranks do not share is the first one's. */
static bool takes_part(const rn_session *session, const rn_pass_plans *plans)
{
    return plans->n_all > 1 || session->shared.first == 0;
}

static rn_status each_rank(step *s, rn_team_job *job)
{
    uint64_t start = rn_host_table()->time_ns();
    rn_status status = RN_OK;
    if (s->plans->n_all > 1)
        status = rn_team_run(s->session->team, job, s);
    else if (takes_part(s->session, s->plans))
        status = job(s, 0);
    s->session->step_s += (double)(rn_host_table()->time_ns() - start) * 1e-9;
    return status;
}

/* A rank's part of the batch's targets: its own, or those that its labels stand for. */
static const float *targets_of(const rn_pass_plans *plans, const rn_batch *batch, int32_t rank)
{
    const rn_tensor_desc *desc = &plans->by_rank[rank]->dag->labels->desc;
    int64_t rows = desc->shape[0], n_classes = desc->shape[1], first = rank * rows;
    if (batch->targets)
        return batch->targets + first * n_classes;
    float *targets = plans->targets + first * n_classes;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < n_classes; k++)
            targets[i * n_classes + k] = k == batch->labels[batch->first + first + i];
    return targets;
}

/* The images of a batch, or their bytes: what tells it from others. */
static const void *pictures_of(const rn_batch *batch)
{
    return batch->bytes ? (const void *)batch->bytes : batch->images;
}

static const rn_value *input_of(const rn_dag *dag)
{
    return dag->bytes ? dag->bytes : dag->images;
}

/* Are the images in place until the step ends? Else they are copied when it begins. */
static bool keeps_images(const rn_pass_plans *plans)
{
    return plans->n_parts == 1 && input_of(plans->by_rank[0]->dag)->pinned;
}

/* Uploads a part of the images, or of their bytes. */
static rn_status upload_images(rn_plan *plan, const rn_batch *batch, int32_t part)
{
    const rn_dag *dag = plan->dag;
    const rn_value *input = input_of(dag);
    const char *from = (const char *)pictures_of(batch) + (uint64_t)part * input->desc.size_bytes;
    rn_status status = RN_OK;
    if (dag->bytes)
        status = rn_plan_upload(plan, dag->byte_values, batch->byte_values);
    if (status)
        return status;
    return batch->is_pinned && plan->device->pinned_memory.size
               ? rn_plan_upload_pinned(plan, input, from)
               : rn_plan_upload(plan, input, from);
}

/* Uploads a rank's part of the images and labels; or, of an only rank, one of the parts in which it
 * takes them. */
static rn_status upload_batch(const rn_pass_plans *plans, const rn_batch *batch, int32_t part)
{
    rn_plan *plan = plans->by_rank[plans->n_parts > 1 ? 0 : part];
    const rn_value *labels = plan->dag->labels;
    rn_status status = upload_images(plan, batch, part);
    if (status || !labels)
        return status;
    if (plans->targets)
        return rn_plan_upload(plan, labels, targets_of(plans, batch, part));
    return rn_plan_upload(plan, labels,
                          batch->labels + batch->first + part * rn_desc_count(&labels->desc));
}

/* The loss of a rank is a mean over fewer images, so its gradients are larger than those of one
 * device. Dividing the scale makes them no larger in half precision; the divisor is a power of two,
 * as the scale is, so that nothing is rounded. */
static float share_of_scale(double loss_scale, int32_t n_ranks)
{
    double divisor = 1;
    while (divisor < n_ranks)
        divisor *= 2;
    return (float)(loss_scale / divisor);
}

/* 1 - beta^t for the update number t of what is of this generation. */
static rn_status upload_correction(rn_plan *plan, const rn_step_params *params, int32_t generation)
{
    const rn_dag *dag = plan->dag;
    int64_t n_before = params->births && generation ? params->births[generation - 1] : 0;
    double t = (double)(params->n_updates - n_before + 1);
    const float pair[2] = { (float)(1 - pow(dag->betas[0], t)),
                            (float)(1 - pow(dag->betas[1], t)) };
    return rn_plan_upload(plan, dag->corrections[generation], pair);
}

static rn_status upload_corrections(rn_plan *plan, const rn_step_params *params)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < RN_MAX_GENERATIONS && !status; i++)
        if (plan->dag->corrections[i])
            status = upload_correction(plan, params, i);
    return status;
}

static rn_status upload_rates(rn_plan *plan, double learning_rate)
{
    rn_status status = RN_OK;
    for (int32_t i = 0; i < plan->dag->n_rates && !status; i++) {
        const rn_rate *rate = &plan->dag->rates[i];
        const float value = (float)(learning_rate * rate->factor);
        status = rn_plan_upload(plan, rate->input, &value);
    }
    return status;
}

static rn_status upload_params(rn_plan *plan, const rn_step_params *params, int32_t n_ranks)
{
    const rn_dag *dag = plan->dag;
    const double scale = params->loss_scale > 0 ? params->loss_scale : 1;
    const float loss_scale[2] = { dag->loss_scale ? share_of_scale(scale, n_ranks) : 1, 0 };
    const float update_scale[2] = { loss_scale[0] * (float)(params->n_summed + 1), 0 };
    const float sum_factors[2] = { params->n_summed > 0, 1 };
    const float average_factors[2] = { (float)params->average_decay,
                                       (float)(1 - params->average_decay) };
    const float square_sum = 0;
    const int32_t random[2] = { (int32_t)params->seed, (int32_t)params->step };
    const struct {
        const rn_value *input; /* NULL: the pass has none */
        const void *value;
    } uploads[] = {
        { dag->loss_scale, loss_scale },   { dag->update_scale, update_scale },
        { dag->sum_factors, sum_factors }, { dag->average_factors, average_factors },
        { dag->square_sum, &square_sum },  { dag->random, random },
    };
    rn_status status = upload_rates(plan, params->learning_rate);
    if (!status)
        status = upload_corrections(plan, params);
    for (size_t i = 0; i < sizeof uploads / sizeof *uploads && !status; i++)
        if (uploads[i].input)
            status = rn_plan_upload(plan, uploads[i].input, uploads[i].value);
    return status;
}

rn_status rn_step_upload(rn_pass_plans *plans, const rn_batch *batch, const rn_step_params *params)
{
    plans->fed = NULL;
    rn_status status = upload_batch(plans, batch, 0);
    return status ? status : upload_params(plans->by_rank[0], params, plans->n_all);
}

static int64_t classes_of(const rn_session *session)
{
    return session->config->network.classes;
}

/* Downloads the probabilities and the loss of one of the parts of upload_batch. */
static rn_status download_results(const step *s, int32_t part, double *loss)
{
    rn_plan *plan = s->plans->by_rank[s->plans->n_parts > 1 ? 0 : part];
    const rn_dag *dag = plan->dag;
    float *probabilities = s->session->probabilities + s->batch->first * classes_of(s->session) +
                           part * rn_desc_count(&dag->probabilities->desc);
    float found = 0;
    rn_status status = rn_plan_download(plan, dag->probabilities, probabilities);
    if (!status && dag->loss)
        status = rn_plan_download(plan, dag->loss, &found);
    *loss = (double)found;
    return status;
}

static rn_status run_part(const step *s, int32_t part)
{
    rn_plan *plan = s->plans->by_rank[s->plans->n_parts > 1 ? 0 : part];
    rn_status status = s->is_fed ? RN_OK : upload_batch(s->plans, s->batch, part);
    if (status)
        return status;
    status = upload_params(plan, s->params, s->plans->n_all);
    return status ? status : rn_plan_run(plan);
}

/* Of the parts that an only rank takes the images in, all but the last are done with here. */
static rn_status begin_rank(void *context, int32_t rank)
{
    step *s = context;
    int32_t last = s->plans->n_parts - 1;
    rn_status status = RN_OK;
    for (int32_t part = 0; part < last && !status; part++) {
        double loss = 0;
        status = run_part(s, part);
        if (!status)
            status = download_results(s, part, &loss);
        s->losses[rank] += loss;
        s->is_fed = false;
    }
    return status ? status : run_part(s, last ? last : rank);
}

/* The passes share an arena, so whatever was fed to any of them is lost in this step. */
rn_status rn_step_begin(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                        const rn_step_params *params)
{
    step s = { .session = session,
               .plans = plans,
               .batch = batch,
               .params = params,
               .is_fed = plans->fed == pictures_of(batch) };
    for (int32_t i = 0; i < session->n_passes; i++)
        session->passes[i].fed = NULL;
    rn_start_enter(RN_STAGE_STEP);
    rn_status status = each_rank(&s, begin_rank);
    plans->part_losses = s.losses[0];
    if (!status && batch->stays && keeps_images(plans))
        plans->fed = pictures_of(batch); /* no step overwrites them */
    return status;
}

static rn_status feed_rank(void *context, int32_t rank)
{
    const step *s = context;
    return upload_batch(s->plans, s->batch, rank);
}

rn_status rn_step_feed(rn_session *session, rn_pass_plans *plans, const rn_batch *batch)
{
    step s = { .session = session, .plans = plans, .batch = batch };
    rn_status status = each_rank(&s, feed_rank);
    plans->fed = status ? NULL : pictures_of(batch);
    return status;
}

static rn_status end_rank(void *context, int32_t rank)
{
    step *s = context;
    rn_plan *plan = s->plans->by_rank[rank];
    const rn_dag *dag = plan->dag;
    int32_t last = s->plans->n_parts - 1;
    float loss_scale[2] = { 0 };
    rn_status status = download_results(s, last ? last : rank, &s->losses[rank]);
    if (status || !dag->update_scale)
        return status;
    status = rn_plan_download(plan, dag->update_scale, loss_scale);
    s->overflowed[rank] = loss_scale[1] != 0;
    if (status || !dag->gradient_norm)
        return status;
    return rn_plan_download(plan, dag->gradient_norm, &s->norms[rank]);
}

/* Of this process's images. An image is of the class of its label; with targets, of each class that
 * has its largest one. */
static void count_correct(const step *s, rn_step_result *result)
{
    const rn_batch *batch = s->batch;
    int64_t n_classes = classes_of(s->session);
    int64_t n = s->plans->batch / s->plans->n_all * s->plans->n_ranks;
    for (int64_t i = 0; i < n; i++) {
        const float *row = s->session->probabilities + (batch->first + i) * n_classes;
        const float *targets = batch->targets ? batch->targets + i * n_classes : NULL;
        int64_t found = rn_ranking_first(row, n_classes);
        int64_t truth =
            targets ? rn_ranking_first(targets, n_classes) : batch->labels[batch->first + i];
        bool is_correct = found == truth || (targets && targets[found] == targets[truth]);
        result->n_correct += is_correct;
        result->n_top5 += is_correct || rn_ranking_in_top5(row, n_classes, truth);
    }
}

/* What the processes have of the step, taken together. */
static rn_status add_processes(rn_session *session, rn_step_result *result)
{
    double sums[] = { result->loss, result->overflowed, (double)result->n_correct,
                      (double)result->n_top5 };
    if (session->shared.all == session->n_ranks)
        return RN_OK;
    uint64_t start = rn_host_table()->time_ns();
    rn_status status = rn_world_add_up(0, RN_TRANSPORT_F64, sums, sizeof sums / sizeof *sums, 1);
    double awaited_s = (double)(rn_host_table()->time_ns() - start) * 1e-9;
    session->step_s += awaited_s;
    session->awaited_s += awaited_s;
    result->loss = sums[0];
    result->overflowed = sums[1] != 0;
    result->n_correct = (int64_t)sums[2];
    result->n_top5 = (int64_t)sums[3];
    return status;
}

rn_status rn_step_end(rn_session *session, const rn_pass_plans *plans, const rn_batch *batch,
                      rn_step_result *result)
{
    step s = { .session = session, .plans = plans, .batch = batch };
    bool has_norm = plans->by_rank[0]->dag->gradient_norm != NULL;
    *result = (rn_step_result){ .gradient_norm = NAN };
    rn_status status = each_rank(&s, end_rank);
    rn_start_end();
    if (status)
        return status;
    if (has_norm)
        result->gradient_norm = (double)s.norms[0];
    for (int32_t i = 0; i < plans->n_ranks; i++) {
        result->loss += (plans->part_losses + s.losses[i]) / (plans->n_all * plans->n_parts);
        result->overflowed = result->overflowed || s.overflowed[i];
    }
    if (takes_part(session, plans) && plans->by_rank[0]->dag->labels)
        count_correct(&s, result);
    status = add_processes(session, result);
    return status || rn_pass_trains(plans->pass) ? status : rn_spread_probabilities(session, batch);
}

rn_status rn_step_run(rn_session *session, rn_pass_plans *plans, const rn_batch *batch,
                      const rn_step_params *params, rn_step_result *result)
{
    rn_status status = rn_step_begin(session, plans, batch, params);
    return status ? status : rn_step_end(session, plans, batch, result);
}

/* Takes the next batch from the loader, and feeds it if its step is of the same pass and size:
 * another pass's inputs may share memory with the step in progress. */
static rn_status look_ahead(rn_steps *steps)
{
    rn_status status = steps->loader ? rn_loader_next(steps->loader, &steps->next) : RN_OK;
    if (status || steps->changes || steps->next.count != steps->batch.count ||
        !keeps_images(steps->plans))
        return status;
    if (steps->next.stays && steps->plans->fed == pictures_of(&steps->next))
        return RN_OK;
    return rn_step_feed(steps->session, steps->plans, &steps->next);
}

rn_status rn_step_next(rn_steps *steps, const rn_step_params *params, rn_step_result *result)
{
    rn_status status = RN_OK;
    if (steps->loader && !steps->has_next)
        status = rn_loader_next(steps->loader, &steps->next);
    steps->has_next = true;
    steps->batch = steps->next;
    if (status || steps->batch.count == 0)
        return status;
    steps->plans = rn_session_find(steps->session, steps->pass, steps->batch.count);
    uint64_t begin_ns = rn_host_table()->time_ns();
    status = rn_step_begin(steps->session, steps->plans, &steps->batch, params);
    if (status)
        return status;
    uint64_t enqueued_ns = rn_host_table()->time_ns();
    status = look_ahead(steps);
    if (status)
        return status;
    uint64_t fed_ns = rn_host_table()->time_ns();
    status = rn_step_end(steps->session, steps->plans, &steps->batch, result);
    steps->enqueue_ms = (double)(enqueued_ns - begin_ns) * 1e-6;
    steps->wait_ms = (double)(rn_host_table()->time_ns() - fed_ns) * 1e-6;
    return status;
}
