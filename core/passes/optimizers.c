/* optimizers.c: one row an optimizer. */
#include "passes/optimizers.h"

#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "graph/op.h"

/* Room for the attributes of any of the operators. */
typedef union attributes {
    rn_sgd_attrs sgd;
    rn_adam_attrs adam;
    rn_lars_attrs lars;
    rn_rmsprop_attrs rmsprop;
} attributes;

static void sgd_attrs(const rn_config *config, attributes *a)
{
    a->sgd = (rn_sgd_attrs){ .size = sizeof a->sgd,
                             .nesterov = config->train.nesterov,
                             .momentum = config->train.momentum };
}

static void adam_attrs(const rn_config *config, attributes *a)
{
    a->adam = (rn_adam_attrs){ .size = sizeof a->adam,
                               .beta1 = config->train.beta1,
                               .beta2 = config->train.beta2,
                               .epsilon = config->train.epsilon };
}

static void lars_attrs(const rn_config *config, attributes *a)
{
    a->lars = (rn_lars_attrs){ .size = sizeof a->lars,
                               .nesterov = config->train.nesterov,
                               .momentum = config->train.momentum,
                               .trust = config->train.trust,
                               .epsilon = config->train.epsilon };
}

static void rmsprop_attrs(const rn_config *config, attributes *a)
{
    a->rmsprop = (rn_rmsprop_attrs){ .size = sizeof a->rmsprop,
                                     .decay = config->train.square_decay,
                                     .momentum = config->train.momentum,
                                     .epsilon = config->train.epsilon };
}

/* A tensor that is kept for each parameter. */
typedef struct state {
    const char *suffix; /* "conv1.weight.velocity"; NULL ends the list */
    int32_t slot;
    rn_init init;
    bool is_momentum; /* is kept only if there is one */
} state;

static const struct optimizer {
    const char *op;
    void (*attrs)(const rn_config *config, attributes *a);
    size_t weight_decay;                                   /* where the attributes have it */
    int32_t learning_rate, correction, loss, update_scale; /* slots; 0: none */
    state states[3];
} optimizers[] = {
    [RN_OPTIMIZER_SGD] = { "sgd",
                           sgd_attrs,
                           offsetof(rn_sgd_attrs, weight_decay),
                           RN_SGD_LEARNING_RATE,
                           0,
                           RN_SGD_LOSS,
                           RN_SGD_LOSS_SCALE,
                           { { "velocity", RN_SGD_VELOCITY, RN_INIT_ZERO, true } } },
    [RN_OPTIMIZER_ADAMW] = { "adamw",
                             adam_attrs,
                             offsetof(rn_adam_attrs, weight_decay),
                             RN_ADAMW_LEARNING_RATE,
                             RN_ADAMW_CORRECTION,
                             RN_ADAMW_LOSS,
                             RN_ADAMW_LOSS_SCALE,
                             { { "mean", RN_ADAMW_MEAN, RN_INIT_ZERO, false },
                               { "square", RN_ADAMW_SQUARE, RN_INIT_ZERO, false } } },
    [RN_OPTIMIZER_LAMB] = { "lamb",
                            adam_attrs,
                            offsetof(rn_adam_attrs, weight_decay),
                            RN_LAMB_LEARNING_RATE,
                            RN_LAMB_CORRECTION,
                            RN_LAMB_LOSS,
                            RN_LAMB_LOSS_SCALE,
                            { { "mean", RN_LAMB_MEAN, RN_INIT_ZERO, false },
                              { "square", RN_LAMB_SQUARE, RN_INIT_ZERO, false } } },
    [RN_OPTIMIZER_LARS] = { "lars",
                            lars_attrs,
                            offsetof(rn_lars_attrs, weight_decay),
                            RN_LARS_LEARNING_RATE,
                            0,
                            RN_LARS_LOSS,
                            RN_LARS_LOSS_SCALE,
                            { { "velocity", RN_LARS_VELOCITY, RN_INIT_ZERO, true } } },
    [RN_OPTIMIZER_RMSPROP] = { "rmsprop",
                               rmsprop_attrs,
                               offsetof(rn_rmsprop_attrs, weight_decay),
                               RN_RMSPROP_LEARNING_RATE,
                               0,
                               RN_RMSPROP_LOSS,
                               RN_RMSPROP_LOSS_SCALE,
                               { { "square", RN_RMSPROP_SQUARE, RN_INIT_ONE, false },
                                 { "velocity", RN_RMSPROP_VELOCITY, RN_INIT_ZERO, true } } },
};
enum { N_OPTIMIZERS = sizeof optimizers / sizeof *optimizers };

/* Of every update operator. */
enum { PARAM = 0, GRADIENT = 1 };
_Static_assert(RN_SGD_PARAM == 0 && RN_SGD_GRADIENT == 1, "");
_Static_assert(RN_ADAMW_PARAM == 0 && RN_ADAMW_GRADIENT == 1, "");
_Static_assert(RN_LAMB_PARAM == 0 && RN_LAMB_GRADIENT == 1, "");
_Static_assert(RN_LARS_PARAM == 0 && RN_LARS_GRADIENT == 1, "");
_Static_assert(RN_RMSPROP_PARAM == 0 && RN_RMSPROP_GRADIENT == 1, "");

rn_value *rn_optimizer_rate(rn_dag *dag, double factor)
{
    rn_tensor_desc scalar = rn_desc_make(RN_F32, 1, (const int64_t[]){ 1 });
    char name[48] = "learning_rate";
    for (int32_t i = 0; i < dag->n_rates; i++)
        if (dag->rates[i].factor == factor)
            return dag->rates[i].input;
    if (factor != 1)
        snprintf(name, sizeof name, "learning_rate*%.9g", factor);
    return rn_dag_rate(dag, name, &scalar, factor);
}

/* The input of the corrections of adamw and lamb; added when it is first asked for. */
static rn_value *correction(rn_dag *dag, const rn_config *config, int32_t generation)
{
    rn_tensor_desc pair = rn_desc_make(RN_F32, 1, (const int64_t[]){ 2 });
    char name[32] = "correction";
    dag->betas[0] = config->train.beta1;
    dag->betas[1] = config->train.beta2;
    if (generation)
        snprintf(name, sizeof name, "correction*%d", generation);
    if (!dag->corrections[generation])
        dag->corrections[generation] = rn_dag_input(dag, name, &pair);
    return dag->corrections[generation];
}

rn_status rn_optimizer_append(rn_dag *dag, const rn_config *config, rn_value *param)
{
    const struct optimizer *o = &optimizers[config->train.optimizer];
    attributes attrs;
    rn_value *inputs[RN_MAX_OPERANDS] = { [PARAM] = param, [GRADIENT] = param->gradient };
    o->attrs(config, &attrs);
    memcpy((char *)&attrs + o->weight_decay, &param->weight_decay, sizeof param->weight_decay);
    inputs[o->learning_rate] = rn_optimizer_rate(dag, param->rate_factor);
    if (o->correction)
        inputs[o->correction] = correction(dag, config, param->generation);
    inputs[o->loss] = dag->loss;
    inputs[o->update_scale] = dag->update_scale;
    if (dag->status)
        return dag->status;
    int32_t n_inputs = rn_op_find(o->op)->n_inputs;
    rn_node *node = rn_dag_node(dag, o->op, param->name, &attrs, inputs, n_inputs);
    for (const state *s = o->states; node && s->suffix && !dag->status; s++)
        if (!s->is_momentum || config->train.momentum != 0)
            rn_dag_own(dag, node, s->slot, s->suffix, param, RN_ROLE_OPTIMIZER, s->init);
    return dag->status;
}

bool rn_optimizer_keeps(const char *suffix)
{
    for (int i = 0; i < N_OPTIMIZERS; i++)
        for (const state *s = optimizers[i].states; s->suffix; s++)
            if (strcmp(s->suffix, suffix) == 0)
                return true;
    return false;
}
