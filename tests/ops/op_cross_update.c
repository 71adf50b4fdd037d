/* op_cross_update.c: the operators that update parameters, on every backend: against the oracle,
 * with a loss scale, and where they must change nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/op_cross.h"
#include "support/check.h"

enum { MOMENTUM = 1, NESTEROV = 2, DECAY = 4, N_VARIANTS = 8 };

/* One, no whole vectors, and several blocks of a sum. */
static const int64_t LENGTHS[] = { 1, 7, 1000, 4097, 10007 };
enum { N_LENGTHS = sizeof LENGTHS / sizeof *LENGTHS, N_CASES = N_VARIANTS * N_LENGTHS };

static void set_sgd(op_attrs *attrs, int variant)
{
    attrs->sgd = (rn_sgd_attrs){ .size = sizeof attrs->sgd,
                                 .nesterov = (variant & NESTEROV) != 0,
                                 .momentum = variant & MOMENTUM ? 0.9 : 0,
                                 .weight_decay = variant & DECAY ? 0.01 : 0 };
}

static void set_adam(op_attrs *attrs, int variant)
{
    attrs->adam = (rn_adam_attrs){ .size = sizeof attrs->adam,
                                   .beta1 = 0.9,
                                   .beta2 = 0.98,
                                   .epsilon = 1e-6,
                                   .weight_decay = variant & DECAY ? 0.01 : 0 };
}

static void set_lars(op_attrs *attrs, int variant)
{
    attrs->lars = (rn_lars_attrs){ .size = sizeof attrs->lars,
                                   .nesterov = (variant & NESTEROV) != 0,
                                   .momentum = variant & MOMENTUM ? 0.9 : 0,
                                   .weight_decay = variant & DECAY ? 0.01 : 0,
                                   .trust = 0.7,
                                   .epsilon = 1e-8 };
}

static void set_rmsprop(op_attrs *attrs, int variant)
{
    attrs->rmsprop = (rn_rmsprop_attrs){ .size = sizeof attrs->rmsprop,
                                         .decay = 0.9,
                                         .momentum = variant & MOMENTUM ? 0.9 : 0,
                                         .epsilon = 1e-3,
                                         .weight_decay = variant & DECAY ? 0.01 : 0 };
}

const cross_update CROSS_UPDATES[CROSS_N_UPDATES] = {
    { "sgd", op_chain_sgd, set_sgd, MOMENTUM | NESTEROV | DECAY, { "velocity" } },
    { "adamw", op_chain_adamw, set_adam, DECAY, { "mean", "square" } },
    { "lamb", op_chain_lamb, set_adam, DECAY, { "mean", "square" } },
    { "lars", op_chain_lars, set_lars, MOMENTUM | NESTEROV | DECAY, { "velocity" } },
    { "rmsprop", op_chain_rmsprop, set_rmsprop, MOMENTUM | DECAY, { "square", "velocity" } },
};

static void set_scalar(op_case *c, const char *name, float value)
{
    *(float *)op_set_vector(&c->in, name, 1)->data = value;
}

static void add_state(op_case *c, const cross_update *update, int variant, int64_t length)
{
    for (int i = 0; i < 2 && update->state[i]; i++) {
        if (!strcmp(update->state[i], "velocity") && !(variant & MOMENTUM))
            continue;
        float *data = op_case_tensor(c, update->state[i], RN_F32, 1, &length)->data;
        for (int64_t k = 0; k < length && !strcmp(update->state[i], "square"); k++)
            data[k] = fabsf(data[k]);
    }
}

/* Begins case `i` of an operator; false if it has no such variant. */
static bool begin(op_case *c, const cross_update *update, int i, float loss)
{
    int variant = i % N_VARIANTS;
    const int64_t *length = &LENGTHS[i / N_VARIANTS];
    if ((variant & ~update->variants) || ((variant & NESTEROV) && !(variant & MOMENTUM)))
        return false;
    *c = op_case_begin("", update->chain);
    snprintf(c->in.name, sizeof c->in.name, "%s of %lld%s%s%s", update->op, (long long)*length,
             variant & MOMENTUM ? " momentum" : "", variant & NESTEROV ? " nesterov" : "",
             variant & DECAY ? " decay" : "");
    update->set_attrs(&c->attrs, variant);
    op_case_tensor(c, "param", RN_F32, 1, length);
    op_case_tensor(c, "gradient", RN_F32, 1, length);
    add_state(c, update, variant, *length);
    set_scalar(c, "learning_rate", 0.05f);
    set_scalar(c, "loss", loss);
    float *correction = op_set_vector(&c->in, "correction", 2)->data;
    correction[0] = 0.271f;
    correction[1] = 0.0588f;
    c->tolerance = 1e-6;
    c->y_scale = 1; /* of the terms; their sum may cancel */
    return true;
}

void cross_updates(const op_backend *none, const void *subject)
{
    op_case c;
    (void)none;
    for (int i = 0; i < N_CASES; i++)
        if (begin(&c, subject, i, 0.7f))
            op_case_end(&c);
}

void cross_updates_scaled(const op_backend *none, const void *subject)
{
    op_case c;
    (void)none;
    for (int i = 0; i < N_CASES; i++) {
        op_set expected = { .n = 0 };
        if (!begin(&c, subject, i, 0.7f))
            continue;
        if (cross_run_oracle(&c, &expected)) {
            cross_multiply(op_set_find(&c.in, "gradient"), CROSS_SCALE);
            cross_add_scale(&c.in, 0);
            cross_check_each(&c, &expected,
                             (op_limit){ .tolerance = c.tolerance, .scale = c.y_scale });
        }
        op_set_clear(&expected);
        op_set_clear(&c.in);
    }
}

/* Every backend leaves every bit of what the operator changes as it was. */
static void check_unchanged(const op_case *c, const char *why)
{
    for (int b = 0; b < op_backends_count(); b++) {
        const op_backend *backend = op_backend_at(b);
        op_set out = { .n = 0 };
        rn_status status = c->chain(backend, &c->in, &c->attrs, &out);
        for (int t = 0; t < out.n && op_accepted(backend, status, c->in.name); t++) {
            char name[24];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(out.tensors[t]->name, "_"),
                     out.tensors[t]->name);
            const op_tensor *before = op_set_find(&c->in, name);
            op_check(!memcmp(before->data, out.tensors[t]->data, before->desc.size_bytes),
                     "%s: %s: %s, but %s changes", backend->label, c->in.name, why, name);
        }
        op_set_clear(&out);
    }
}

void cross_updates_unchanged(const op_backend *none, const void *subject)
{
    static const float LOSSES[] = { NAN, INFINITY, -INFINITY };
    op_case c;
    (void)none;
    for (int i = 0; i < N_CASES; i++) {
        if (begin(&c, subject, i, LOSSES[i % 3])) {
            check_unchanged(&c, "the loss is not finite");
            op_set_clear(&c.in);
        }
        if (begin(&c, subject, i, 0.7f)) {
            cross_add_scale(&c.in, 1);
            ((float *)op_set_find(&c.in, "gradient")->data)[0] = i % 2 ? INFINITY : NAN;
            check_unchanged(&c, "the flag is set");
            op_set_clear(&c.in);
        }
    }
}

/* Momentum without a velocity is refused. */
void cross_updates_refused(const op_backend *none, const void *subject)
{
    const cross_update *update = subject;
    op_case c;
    (void)none;
    if (!(update->variants & MOMENTUM))
        return;
    for (int b = 0; b < op_backends_count() && begin(&c, update, 0, 0.7f); b++) {
        const op_backend *backend = op_backend_at(b);
        op_set out = { .n = 0 };
        update->set_attrs(&c.attrs, MOMENTUM);
        rn_status status = c.chain(backend, &c.in, &c.attrs, &out);
        op_check(status == RN_E_UNSUPPORTED && strstr(rn_fail_text(), update->op),
                 "%s: %s: status %d", backend->label, c.in.name, status);
        op_set_clear(&out);
        op_set_clear(&c.in);
    }
}
