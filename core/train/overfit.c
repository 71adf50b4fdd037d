/* overfit.c: trains on one batch, and says in words what came of it. */
#include "train/overfit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/status.h"
#include "data/batch_facts.h"
#include "report/progress.h"
#include "train/trial.h"
#include "world/world.h"

#define LEARNT_LOSS 0.05   /* all pictures are right, with a probability of 95 % on average */
#define UNMOVED_SHARE 0.95 /* of the first loss: it has hardly fallen */
#define EVALUATE_EVERY 10  /* steps */

typedef struct overfit {
    const rn_overfit_params *params;
    rn_config config; /* the run's, without what keeps a network from learning by heart */
    rn_trial trial;
    rn_batch_facts facts;
    int64_t steps, batch;
    double first_loss, loss;
    int64_t n_correct;   /* in training */
    bool evaluates;      /* evaluation computes the same network: nothing is dropped */
    int64_t n_evaluated; /* of the batch that are right in evaluation */
} overfit;

static bool is_learnt(const overfit *o)
{
    return o->n_correct == o->batch && o->loss <= LEARNT_LOSS;
}

static bool is_evaluated_right(const overfit *o)
{
    return !o->evaluates || o->n_evaluated == o->batch;
}

/* ---- Training ---- */

/* With running statistics, on the same batch. */
static rn_status evaluate(overfit *o)
{
    rn_session *session = o->trial.session;
    rn_pass_plans *plans = rn_session_find(session, RN_PASS_EVALUATE, o->batch);
    const rn_step_params nothing = { 0 };
    rn_step_result result = { 0 };
    rn_status status = rn_step_run(session, plans, &o->trial.steps.next, &nothing, &result);
    o->n_evaluated = result.n_correct;
    return status;
}

static rn_status take_step(overfit *o)
{
    rn_step_result result;
    rn_status status = rn_trial_step(&o->trial, o->config.train.learning_rate, &result);
    if (status)
        return status;
    if (o->steps++ == 0)
        o->first_loss = result.loss;
    o->loss = result.loss;
    o->n_correct = result.n_correct;
    bool looks = is_learnt(o) && (o->steps % EVALUATE_EVERY == 0 || o->steps == o->params->steps);
    return looks && o->evaluates ? evaluate(o) : RN_OK;
}

/* Until the batch is learnt, and the running statistics are those of this batch. */
static rn_status train(overfit *o)
{
    rn_progress progress;
    rn_status status = RN_OK;
    rn_progress_start(&progress, stderr, o->params->quiet, "one batch", o->params->steps);
    while (!status && o->steps < o->params->steps) {
        status = take_step(o);
        if (status || !isfinite(o->loss) || (is_learnt(o) && is_evaluated_right(o)))
            break;
        rn_progress_update(&progress, o->steps, o->loss, 0);
    }
    rn_progress_finish(&progress);
    return status;
}

static rn_status hold(overfit *o)
{
    const rn_config *config = &o->config;
    const rn_dag *dag = o->trial.session->passes[0].by_rank[0]->dag;
    int64_t n_values = config->network.channels * config->network.height * config->network.width;
    rn_status status = rn_trial_hold_batch(&o->trial);
    if (status)
        return status;
    o->batch = o->trial.batch;
    o->evaluates = !dag->random;
    return rn_batch_look(&o->trial.steps.next, n_values, &o->facts);
}

static rn_status open_trial(overfit *o)
{
    const rn_trial_params params = { .config = &o->config,
                                     .registry = o->params->registry,
                                     .model = o->params->model,
                                     .is_plain = true,
                                     .evaluates = true };
    o->config = *o->params->config;
    o->config.train.weight_decay = 0;
    o->config.train.label_smoothing = 0;
    return rn_trial_open(&params, &o->trial);
}

/* ---- What came of it ---- */

static rn_status refuse(const char *why)
{
    return rn_fail(RN_E_MISMATCH, "the network did not learn one batch: %s", why);
}

/* What the batch itself rules out. */
static rn_status judge_batch(const overfit *o)
{
    if (o->batch > 1 && o->facts.n_pictures == 1)
        return refuse("all its pictures are equal; look at them with resnet-run data");
    if (o->batch > 1 && o->facts.n_labels == 1)
        return refuse("all its labels are equal, so there is nothing to learn; check the labels "
                      "with resnet-run data, and take a larger train.batch");
    if (o->facts.n_ambiguous)
        return rn_fail(RN_E_MISMATCH,
                       "the network did not learn one batch: %" PRId64 " of its %" PRId64
                       " pictures are there with other labels, too; check the labels",
                       o->facts.n_ambiguous, o->batch);
    return RN_OK;
}

static rn_status judge_loss(const overfit *o)
{
    double guess = log((double)o->config.network.classes);
    double rate = o->config.train.learning_rate;
    if (!isfinite(o->loss))
        return rn_fail(RN_E_DIVERGED,
                       "one batch: the loss is not finite after step %" PRId64
                       "; lower train.learning_rate (%g): resnet-run lr-find suggests one",
                       o->steps, rate);
    if (o->loss > fmax(o->first_loss, guess))
        return rn_fail(
            RN_E_MISMATCH,
            "the network did not learn one batch: the loss rose from %.4g to %.4g; lower "
            "train.learning_rate (%g): resnet-run lr-find suggests one",
            o->first_loss, o->loss, rate);
    if (o->loss > UNMOVED_SHARE * o->first_loss)
        return rn_fail(RN_E_MISMATCH,
                       "the network did not learn one batch: the loss hardly fell, from %.4g to "
                       "%.4g (guessing has %.4g); raise train.learning_rate (%g), and look for "
                       "layers that are frozen or pass nothing on",
                       o->first_loss, o->loss, guess, rate);
    return rn_fail(RN_E_MISMATCH,
                   "the network did not learn one batch in %" PRId64 " steps: the loss fell from "
                   "%.4g to %.4g, and %" PRId64 " of %" PRId64 " pictures are right; try "
                   "--overfit-batch=%" PRId64 ", another train.learning_rate (%g), or a larger "
                   "network",
                   o->steps, o->first_loss, o->loss, o->n_correct, o->batch, 5 * o->steps, rate);
}

static rn_status judge(const overfit *o)
{
    rn_status status = judge_batch(o);
    if (status)
        return status;
    if (!is_learnt(o))
        return judge_loss(o);
    if (is_evaluated_right(o))
        return RN_OK;
    return rn_fail(
        RN_E_MISMATCH,
        "the network learnt one batch, but evaluation, which uses the running statistics "
        "of batch norm, finds only %" PRId64 " of %" PRId64 " pictures right after %" PRId64
        " steps; raise the batch norms' momentum, or try --overfit-batch=%" PRId64,
        o->n_evaluated, o->batch, o->steps, 5 * o->steps);
}

static void print_text(const overfit *o, rn_status verdict)
{
    printf("One batch of %" PRId64 " pictures, %" PRId64
           " steps: the loss went from %.4g to %.4g, %" PRId64 " are right",
           o->batch, o->steps, o->first_loss, o->loss, o->n_correct);
    if (is_learnt(o) && o->evaluates)
        printf(", in evaluation %" PRId64, o->n_evaluated);
    putchar('\n');
    if (!verdict)
        puts("The network can learn one batch");
}

static void print_json(const overfit *o, rn_status verdict)
{
    json_t *object = json_object();
    bool is_known = is_learnt(o) && o->evaluates;
    rn_json_set(object, "learnt", json_boolean(!verdict));
    rn_json_set(object, "steps", json_integer(o->steps));
    rn_json_set(object, "images", json_integer(o->batch));
    rn_json_set(object, "right", json_integer(o->n_correct));
    rn_json_set(object, "right_in_evaluation",
                is_known ? json_integer(o->n_evaluated) : json_null());
    rn_json_set(object, "first_loss", rn_json_number(o->first_loss));
    rn_json_set(object, "loss", rn_json_number(o->loss));
    json_dumpf(object, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(object);
}

rn_status rn_overfit(const rn_overfit_params *params)
{
    overfit o = { .params = params };
    if (!rn_world_is_alone())
        return rn_fail(RN_E_USAGE,
                       "--overfit-batch is for one process, and a launcher has started %d; start "
                       "it without",
                       rn_world_get()->n_processes);
    rn_status status = open_trial(&o);
    if (!status)
        status = hold(&o);
    if (!status)
        status = train(&o);
    if (!status) {
        status = judge(&o);
        if (params->json)
            print_json(&o, status);
        else
            print_text(&o, status);
    }
    rn_trial_close(&o.trial);
    return status;
}
