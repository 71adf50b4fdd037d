/* lr_find.c: the learning-rate range test. */
#include "commands/lr_find.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "commands/lr_curve.h"
#include "commands/lr_find_print.h"
#include "io/file.h"
#include "report/progress.h"
#include "train/trial.h"

static double rate_of(const rn_lr_find_options *options, int64_t i)
{
    double share = (double)i / (double)(options->rates - 1);
    return options->from * pow(options->to / options->from, share);
}

static rn_status sweep(rn_trial *trial, const rn_lr_find_options *options, rn_lr_curve *curve)
{
    rn_progress progress;
    rn_status status = RN_OK;
    rn_progress_start(&progress, stderr, options->quiet, "rates", options->rates);
    for (int64_t i = 0; i < options->rates && !curve->diverged && !status; i++) {
        rn_step_result result;
        double rate = rate_of(options, i);
        status = rn_trial_step(trial, rate, &result);
        if (!status) {
            rn_lr_curve_add(curve, rate, result.loss);
            rn_progress_update(&progress, i + 1, result.loss, 0);
        }
    }
    rn_progress_finish(&progress);
    return status;
}

/* Opens what the sweep needs, and closes it again: nothing of it is kept. */
static rn_status measure(const rn_config *config, rn_registry *registry,
                         const rn_lr_find_options *options, rn_lr_curve *curve, int64_t *batch)
{
    const rn_trial_params params = { .config = config,
                                     .registry = registry,
                                     .model = &options->model };
    rn_trial trial;
    rn_status status = rn_trial_open(&params, &trial);
    *batch = trial.batch;
    if (!status)
        status = sweep(&trial, options, curve);
    rn_trial_close(&trial);
    return status;
}

static rn_status write_csv(const rn_lr_curve *curve, rn_file *file)
{
    FILE *out = rn_file_stream(file);
    fputs("learning_rate,loss,smoothed_loss\n", out);
    for (int64_t i = 0; i < curve->count; i++)
        fprintf(out, "%.9g,%.9g,%.9g\n", curve->points[i].rate, curve->points[i].loss,
                curve->points[i].smoothed);
    return rn_file_commit(file);
}

rn_status rn_lr_find(const rn_config *config, rn_registry *registry,
                     const rn_lr_find_options *options)
{
    rn_lr_curve curve = { 0 };
    int64_t batch = 0;
    if (!(options->from < options->to))
        return rn_fail(RN_E_USAGE,
                       "--lowest=%g --highest=%g: the rates rise; give a --lowest below --highest",
                       options->from, options->to);
    rn_file *csv = NULL;
    rn_status status = options->csv ? rn_file_create_unnamed(options->csv, &csv) : RN_OK;
    if (status)
        return status;
    status = rn_lr_curve_start(options->rates, &curve);
    if (status)
        goto done;
    status = measure(config, registry, options, &curve, &batch);
    if (status)
        goto done;
    rn_lr_advice advice = rn_lr_curve_advise(&curve);
    if (options->json)
        rn_lr_find_print_json(&curve, &advice, batch);
    else
        rn_lr_find_print(&curve, &advice, batch);
    status = csv ? write_csv(&curve, csv) : RN_OK;
    csv = NULL;
    if (!status && advice.problem)
        status = rn_fail(RN_E_MISMATCH, "no learning rate can be suggested: %s", advice.problem);
done:
    rn_file_discard(csv);
    rn_lr_curve_clear(&curve);
    return status;
}
