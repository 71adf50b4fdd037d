/* op_oracle.c: compares the results of every backend with the oracle's. */
#include "support/op_oracle.h"

#include <math.h>
#include <resnet/random.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "support/check.h"

int64_t op_pick(op_random *random, int64_t low, int64_t high)
{
    double u = (double)rn_random_uniform(random->seed, 1, 0, random->taken++);
    return low + (int64_t)(u * (double)(high - low + 1));
}

op_case op_case_begin(const char *name, op_chain *chain)
{
    op_case c = { .chain = chain };
    snprintf(c.in.name, sizeof c.in.name, "%s", name);
    return c;
}

op_tensor *op_case_tensor(op_case *c, const char *name, int32_t dtype, int32_t rank,
                          const int64_t *shape)
{
    static uint32_t seed = 1000;
    op_tensor *tensor = op_set_add(&c->in, name, dtype, rank, shape);
    if (dtype == RN_F32)
        op_fill(tensor, seed++);
    return tensor;
}

op_tensor *op_case_image(op_case *c, const char *name, const int64_t shape[4])
{
    return op_case_tensor(c, name, RN_F32, 4, shape);
}

void op_case_end(op_case *c)
{
    op_case_check(c);
    op_set_clear(&c->in);
}

static double scale_of(const op_case *c, const char *name)
{
    if (!strcmp(name, "y") || !strcmp(name, "param_out") || !strcmp(name, "velocity_out"))
        return c->y_scale;
    if (!strcmp(name, "mean") || !strcmp(name, "z_mean"))
        return c->mean_scale;
    if (!strncmp(name, "dx", 2))
        return c->dx_scale;
    return !strncmp(name, "dweight", 7) || !strcmp(name, "dbias") ? c->dweight_scale : 0;
}

/* A mask may have any value where dy is 0 (op_case_settle). */
static void ignore_settled_mask(const op_case *c, op_tensor *got, const op_tensor *expected)
{
    const op_tensor *dy = op_set_find(&c->in, "dy");
    for (int64_t i = 0; dy && i < op_count(got); i++)
        if (((const float *)dy->data)[i] == 0.0f)
            ((uint8_t *)got->data)[i] = ((const uint8_t *)expected->data)[i];
}

static void compare_all(const op_backend *backend, const op_case *c, const op_set *got,
                        const op_set *expected)
{
    int compared = 0;
    for (int i = 0; i < got->n; i++) {
        op_tensor *g = got->tensors[i];
        const op_tensor *e = op_set_find(expected, g->name);
        if (!e || g->desc.dtype == RN_BIT)
            continue; /* the order of bits is up to the backend; what uses them is compared */
        if (!strcmp(g->name, "mask"))
            ignore_settled_mask(c, g, e);
        op_limit limit = { c->tolerance > 0 ? c->tolerance : 1e-5, scale_of(c, g->name) };
        limit = op_limit_on(backend, e, limit);
        limit.tolerance = fmax(limit.tolerance, op_is_rounded(backend) ? c->half_tolerance : 0);
        op_compare(backend, c->in.name, g, e, limit);
        compared++;
    }
    op_check(compared > 0, "%s: nothing was compared", c->in.name);
}

/* True if the backend ran the case. */
static bool check_backend(const op_backend *backend, const op_case *c, const op_set *expected)
{
    op_set got = { .n = 0 };
    rn_status status = c->chain(backend, &c->in, &c->attrs, &got);
    bool may_refuse = c->optional || !backend->complete;
    if (status == RN_OK)
        compare_all(backend, c, &got, expected);
    else if (status == RN_E_UNSUPPORTED && may_refuse)
        check_note("%s refuses: %s", backend->label, rn_fail_text());
    else
        op_accepted(backend, status, c->in.name);
    op_set_clear(&got);
    return status == RN_OK;
}

void op_case_settle(op_case *c)
{
    op_set out = { .n = 0 };
    op_set in = c->in;
    op_tensor *dy = op_set_find(&in, "dy");
    in.mask_dtype = 0;
    if (op_backends_count() > 0 &&
        op_accepted(op_backend_at(0), c->oracle_chain(op_backend_at(0), &in, &c->attrs, &out),
                    in.name)) {
        const op_tensor *given = op_set_find(&out, "relu_input");
        for (int64_t i = 0; i < op_count(dy); i++)
            if (fabsf(((const float *)given->data)[i]) < 1e-4f)
                ((float *)dy->data)[i] = 0;
    }
    op_set_clear(&out);
}

/* Checks the case on the backends in fp32, or in lower precisions; returns how many ran it. */
static int check_precision(const op_case *c, bool halves)
{
    op_set expected = { .n = 0 };
    op_set in = c->in;
    op_chain *chain = c->oracle_chain ? c->oracle_chain : c->chain;
    const op_backend *oracle = op_backend_at(0);
    int ran = 0;
    in.mask_dtype = 0;
    if (op_accepted(oracle, chain(oracle, &in, &c->attrs, &expected), c->in.name)) {
        for (int i = c->oracle_chain || c->in.mask_dtype ? 0 : 1; i < op_backends_count(); i++)
            if (op_is_rounded(op_backend_at(i)) == halves)
                ran += check_backend(op_backend_at(i), c, &expected);
    }
    op_set_clear(&expected);
    return ran;
}

static bool has_halves(void)
{
    for (int i = 0; i < op_backends_count(); i++)
        if (op_is_rounded(op_backend_at(i)))
            return true;
    return false;
}

void op_case_check(op_case *c)
{
    int ran = 0;
    for (int halves = 0; halves < 1 + has_halves() && op_backends_count() > 0; halves++) {
        if (halves)
            op_set_round(&c->in);
        if (c->settled)
            op_case_settle(c);
        ran += check_precision(c, halves != 0);
    }
    if (ran == 0 && op_backends_count() > 0)
        check_skip("no backend supports it");
}
