/* losses.c: the reference trains from five initial weights, and once more from weights that were moved
 * by a rounding error: how far that curve has come away from the first is what rounding explains. */
#include "compare/losses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "compare/disturb.h"

#define SEEDS 5
#define UNITS 16   /* rounding errors by which weights are moved */
#define GROWTH 4   /* times as far as the moved curve is still rounding */
#define LEAST 1e-6 /* of a loss, by which a curve may leave the envelope */

static rn_status no_memory(void)
{
    return rn_fail(RN_E_NOMEM, "no memory for the losses");
}

static double unit_of(int32_t precision)
{
    switch (precision) {
        case RN_PRECISION_TF32:
        case RN_PRECISION_FP16: return 0x1p-11;
        case RN_PRECISION_BF16: return 0x1p-8;
        default: return 0x1p-24;
    }
}

/* Moves every parameter by the share. */
static rn_status move_weights(rn_store *store, double amount, uint32_t stream)
{
    float *values = malloc(rn_store_largest_bytes(store) + 1);
    rn_status status = values ? RN_OK : no_memory();
    for (int32_t i = 0; i < store->n_entries && !status; i++) {
        const rn_store_entry *entry = &store->entries[i];
        if (entry->role != RN_ROLE_PARAM)
            continue;
        status = rn_store_download(store, entry, values);
        rn_disturb(values, NULL, rn_desc_count(&entry->desc), amount, stream + (uint32_t)i);
        if (!status)
            status = rn_store_upload(store, entry, values);
    }
    free(values);
    return status;
}

static void widen(rn_comparison *c, int64_t step, double loss, double by)
{
    double *least = &c->envelope[0][step], *largest = &c->envelope[1][step];
    *least = loss - by < *least ? loss - by : *least;
    *largest = loss + by > *largest ? loss + by : *largest;
}

/* Trains from the weights of another seed; where the weights were given, from moved ones. */
static rn_status run_seed(rn_opened *opened, const rn_compare_options *options, int k,
                          double amount, double *losses)
{
    const rn_config *config = opened->session->config;
    rn_store *store = opened->session->store;
    rn_status status = rn_opened_rewind(opened, NULL);
    if (!status)
        status = options->model.path
                     ? move_weights(store, amount, (uint32_t)k << 16)
                     : rn_store_initialise(store, config->network.init,
                                           (uint64_t)config->run.seed + (uint64_t)k);
    return status ? status : rn_opened_steps(opened, options->steps, losses);
}

/* Widens the envelope by what rounding makes of the reference's own curve. */
static rn_status add_rounding(rn_opened *opened, const rn_compare_options *options, double amount,
                              double *losses, rn_comparison *c)
{
    const double *own = c->sides[0].losses;
    double growth = 0;
    rn_status status = rn_opened_rewind(opened, NULL);
    if (!status)
        status = move_weights(opened->session->store, amount, 0);
    if (!status)
        status = rn_opened_steps(opened, options->steps, losses);
    for (int64_t i = 0; i < options->steps && !status; i++) {
        double moved = fabs(losses[i] - own[i]);
        growth = moved > growth ? moved : growth;
        widen(c, i, own[i], GROWTH * growth + LEAST * fabs(own[i]));
    }
    return status;
}

static rn_status make_curves(rn_opened *opened, const rn_compare_options *options, double amount,
                             double *losses, rn_comparison *c)
{
    rn_status status = rn_opened_steps(opened, options->steps, c->sides[0].losses);
    for (int64_t i = 0; i < options->steps; i++)
        c->envelope[0][i] = c->envelope[1][i] = c->sides[0].losses[i];
    for (int k = 1; k < SEEDS && !status; k++) {
        status = run_seed(opened, options, k, amount, losses);
        for (int64_t i = 0; i < options->steps && !status; i++)
            widen(c, i, losses[i], 0);
    }
    return status ? status : add_rounding(opened, options, amount, losses, c);
}

rn_status rn_losses_of_reference(rn_opened *opened, const rn_compare_options *options,
                                 int32_t precision, rn_comparison *comparison)
{
    size_t n = (size_t)options->steps;
    double *losses = calloc(n, sizeof *losses);
    comparison->n_losses = options->steps;
    comparison->sides[0].losses = calloc(n, sizeof *losses);
    comparison->envelope[0] = calloc(n, sizeof *losses);
    comparison->envelope[1] = calloc(n, sizeof *losses);
    bool has_memory =
        losses && comparison->sides[0].losses && comparison->envelope[0] && comparison->envelope[1];
    rn_status status =
        has_memory ? make_curves(opened, options, UNITS * unit_of(precision), losses, comparison)
                   : no_memory();
    free(losses);
    return status;
}

rn_status rn_losses_of_side(rn_opened *opened, const rn_compare_options *options,
                            rn_comparison *comparison, int32_t side)
{
    double *losses = calloc((size_t)options->steps, sizeof *losses);
    comparison->sides[side].losses = losses;
    return losses ? rn_opened_steps(opened, options->steps, losses) : no_memory();
}
