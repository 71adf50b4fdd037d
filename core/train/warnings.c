/* warnings.c: looks for what people do wrong most often. */
#include "train/warnings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "data/batch_facts.h"
#include "graph/op.h"

/* ---- Labels ---- */

/* A split of fewer samples for each class may lack one by chance. */
#define LEAST_PER_CLASS 10

/* How often each class occurs in both splits. */
typedef struct counts {
    const rn_dataset *train, *validation;
    int64_t n_classes;
    int64_t *in_train, *in_validation;
} counts;

static void count(const rn_dataset *dataset, int64_t n_classes, int64_t *by_class)
{
    for (int64_t i = 0; i < dataset->count; i++) {
        int32_t label = rn_dataset_label(dataset, i);
        if (label >= 0 && label < n_classes)
            by_class[label]++;
    }
}

/* True if it warned: then every other class is lacking, too. */
static bool warn_one_class(const counts *c)
{
    int64_t n = 0, last = 0;
    char number[RN_CLASS_NUMBER];
    for (int64_t k = 0; k < c->n_classes; k++)
        if (c->in_train[k]) {
            n++;
            last = k;
        }
    if (n != 1 || c->train->count == 1)
        return false;
    rn_log(RN_LOG_WARNING,
           "all %" PRId64 " training samples are of one class, %s: there is nothing to learn; "
           "look at the labels with resnet-run data%s",
           c->train->count, rn_dataset_class(c->train, last, number),
           c->n_classes > 1 ? ", and note that data.train_limit takes the first samples" : "");
    return true;
}

/* Warns where `lacking` has no sample of classes that the other split has. */
static void warn_lacking(const counts *c, const rn_dataset *lacking, const int64_t *there,
                         const int64_t *absent, const char *what)
{
    int64_t n = 0, first = 0;
    char number[RN_CLASS_NUMBER];
    for (int64_t k = c->n_classes - 1; k >= 0; k--)
        if (there[k] && !absent[k]) {
            n++;
            first = k;
        }
    if (n && lacking->count >= LEAST_PER_CLASS * c->n_classes)
        rn_log(RN_LOG_WARNING, "%" PRId64 " of %" PRId64 " classes, such as %s, %s", n,
               c->n_classes, rn_dataset_class(c->train, first, number), what);
}

static bool is_limited(const rn_config *config)
{
    return config->data.train_limit || config->data.validation_limit;
}

void rn_warn_labels(const rn_source *train, const rn_source *validation)
{
    counts c = { .train = train->dataset,
                 .validation = validation->dataset,
                 .n_classes = train->dataset->n_classes };
    if (c.n_classes < c.validation->n_classes)
        c.n_classes = c.validation->n_classes;
    if (c.n_classes < 1)
        return;
    c.in_train = calloc((size_t)c.n_classes, sizeof *c.in_train);
    c.in_validation = calloc((size_t)c.n_classes, sizeof *c.in_validation);
    if (!c.in_train || !c.in_validation)
        goto done;
    count(c.train, c.n_classes, c.in_train);
    count(c.validation, c.n_classes, c.in_validation);
    if (warn_one_class(&c) || is_limited(train->config))
        goto done;
    warn_lacking(&c, c.train, c.in_validation, c.in_train,
                 "are in validation and not in training: the network cannot learn them");
    warn_lacking(&c, c.validation, c.in_train, c.in_validation,
                 "are in training and not in validation: how well they are learnt does not show");
done:
    free(c.in_train);
    free(c.in_validation);
}

/* ---- The first batch ---- */

/* Mean and standard deviation of pictures that nothing has normalised, and that are so far from 0
 * and 1 that it matters; and of pictures that were normalised with numbers of another scale. A
 * batch is a sample: the bounds are wide. */
#define RAW_MEAN 0.2
#define RAW_STD 0.5
#define WRONG_MEAN 4.0
#define WRONG_STD 8.0

/* A cfg that says 0 and 1 means it. */
static bool says_scale(const rn_config *config)
{
    const rn_tree *data = rn_tree_get(config->tree, "data");
    return rn_tree_get(data, "mean") || rn_tree_get(data, "std");
}

static void warn_scale(const rn_source *train, const rn_batch_facts *facts)
{
    double mean = fabs(facts->mean), std = facts->std;
    if (!rn_pipeline_normalises(train->pipeline) && !says_scale(train->config) &&
        (mean > RAW_MEAN || std < RAW_STD || std > 1 / RAW_STD))
        rn_log(
            RN_LOG_WARNING,
            "the pictures are not normalised: the first batch has the mean %.3g and the standard "
            "deviation %.3g, not about 0 and 1; set data.mean and data.std, which resnet-run data "
            "prints, or to 0 and 1 if that is meant",
            facts->mean, std);
    else if (mean > WRONG_MEAN || std < 1 / WRONG_STD || std > WRONG_STD)
        rn_log(
            RN_LOG_WARNING,
            "the first batch has the mean %.3g and the standard deviation %.3g, not about 0 and "
            "1: data.mean and data.std are not those of these pictures, as resnet-run data prints "
            "them, of pixels from 0 to 1",
            facts->mean, std);
}

void rn_warn_batch(const rn_source *train, const rn_batch *batch)
{
    const rn_config *config = train->config;
    rn_batch_facts facts;
    const rn_size size = rn_pipeline_result(train->pipeline);
    if (rn_batch_look(batch, config->network.channels * size.height * size.width, &facts))
        return;
    if (batch->n_here > 1 && facts.n_pictures == 1)
        rn_log(RN_LOG_WARNING,
               "all %" PRId64 " pictures of the first batch are equal: look at samples.png, which "
               "resnet-run data writes",
               batch->count);
    else
        warn_scale(train, &facts);
}

/* ---- After an epoch ---- */

#define LEAST_STEPS 50    /* before the loss is judged */
#define STUCK_SHARE 0.05  /* nearer to guessing than this share of its loss, */
#define STUCK_FACTOR 2.0  /* and the accuracy is at most so many times that of guessing */
#define WORSE_FACTOR 2.0  /* times the loss of guessing */
#define INITIAL_SHARE 0.1 /* of the running statistics, that is still their initial value */
#define EVALUATION 0.5    /* less than this share of training's accuracy */

/* The first epoch after so many steps, and after the warm-up, that the network should have learnt
 * something. */
static bool is_time(const rn_config *config, const rn_epoch_metrics *m, int64_t n_steps)
{
    int64_t least = LEAST_STEPS + config->train.warmup_steps;
    bool is_enough = m->step >= least && (double)m->epoch > config->train.warmup_epochs;
    bool was_enough =
        m->step - n_steps >= least && (double)(m->epoch - 1) > config->train.warmup_epochs;
    return is_enough && !was_enough;
}

static bool is_guessing(const rn_epoch_metrics *m, double n_classes)
{
    return fabs(m->train_loss - log(n_classes)) < STUCK_SHARE * log(n_classes) &&
           m->train_accuracy < STUCK_FACTOR / n_classes;
}

static void warn_loss(const rn_config *config, const rn_epoch_metrics *m)
{
    double n_classes = (double)config->network.classes, guess = log(n_classes);
    if (is_guessing(m, n_classes))
        rn_log(RN_LOG_WARNING,
               "after %" PRId64 " steps the loss is %.4g, as of guessing among %" PRId64
               " classes (%.4g, the logarithm of their number); look at the labels with resnet-run "
               "data, find a train.learning_rate by resnet-run lr-find, and test the network by "
               "--overfit-batch",
               m->step, m->train_loss, config->network.classes, guess);
    else if (m->train_loss > WORSE_FACTOR * guess)
        rn_log(RN_LOG_WARNING,
               "after %" PRId64 " steps the loss is %.4g, much more than of guessing (%.4g): "
               "train.learning_rate is too high; resnet-run lr-find suggests one",
               m->step, m->train_loss, guess);
}

/* The share of the batch in the running statistics; 0: the network has none. */
static double find_momentum(const rn_session *session)
{
    const rn_dag *dag = session->passes[0].by_rank[0]->dag;
    for (int32_t i = 0; i < dag->n_nodes; i++)
        if (strcmp(dag->nodes[i]->op->name, "batch_norm") == 0)
            return ((const rn_batch_norm_attrs *)dag->nodes[i]->attrs)->momentum;
    return 0;
}

static void warn_statistics(const rn_session *session, const rn_epoch_metrics *m)
{
    double momentum = find_momentum(session);
    double n_batches = (double)(m->step * session->config->train.accumulate);
    double initial = pow(1 - momentum, n_batches);
    bool is_worse = m->validation_loss > m->train_loss &&
                    m->validation_accuracy < EVALUATION * m->train_accuracy;
    if (momentum > 0 && initial > INITIAL_SHARE && is_worse)
        rn_log(
            RN_LOG_WARNING,
            "evaluation is much worse than training, perhaps because the running statistics of "
            "batch "
            "norm, which it uses, are still %.0f %% their initial values after %" PRId64
            " steps; train for "
            "more steps, with a smaller train.batch, or raise the momentum of the batch norms (%g)",
            100 * initial, m->step, momentum);
}

void rn_warn_epoch(const rn_session *session, const rn_epoch_metrics *metrics, int64_t n_steps)
{
    if (is_time(session->config, metrics, n_steps))
        warn_loss(session->config, metrics);
    warn_statistics(session, metrics);
}
