/* eval.c: evaluates trained weights on the validation samples. */
#include "commands/eval.h"

#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "commands/eval_files.h"
#include "io/file.h"
#include "report/progress.h"
#include "train/caching.h"
#include "train/evaluate.h"
#include "world/world.h"

/* What the evaluation of a batch adds to. */
typedef struct collector {
    rn_outcomes outcomes;
    rn_progress bar;
} collector;

static rn_status collect(void *context, const rn_batch *batch, const float *probabilities)
{
    collector *c = context;
    rn_status status = rn_outcomes_add(&c->outcomes, batch, probabilities);
    rn_progress_update(&c->bar, c->outcomes.count, NAN, 0);
    return status;
}

static rn_status evaluate(rn_session *session, const rn_source *source, collector *c,
                          const rn_run_options *options, rn_evaluation *result)
{
    const rn_evaluation_view view = { .batch = collect, .context = c };
    rn_skipped *skipped = NULL;
    bool is_first = rn_world_is_first();
    const char *folder = options->model.path ? NULL : session->config->run.output;
    rn_status status = is_first ? rn_skipped_open(folder, false, &skipped) : RN_OK;
    if (status)
        return status;
    rn_progress_start(&c->bar, stderr, options->quiet || options->json || !is_first, "evaluating",
                      source->dataset->count);
    status = rn_evaluate(session, source, skipped, &view, result);
    rn_progress_finish(&c->bar);
    rn_skipped_close(skipped);
    return status;
}

static rn_status check_top1(double top1, int64_t n_images, double least)
{
    if (top1 >= least)
        return RN_OK;
    return rn_fail(RN_E_MISMATCH, "top-1 is %.6g on %lld images, less than --min-top1=%.6g", top1,
                   (long long)n_images, least);
}

/* Opens and binds everything; the caller closes *session and *source. */
static rn_status prepare(const rn_config *config, rn_registry *registry,
                         const rn_run_options *options, rn_session **session, rn_source **source)
{
    rn_status status =
        rn_model_open(config, registry, config->data.validation_limit, session, source);
    if (!status)
        status = rn_evaluate_plans(*session, RN_PASS_EVALUATE, *source);
    if (!status)
        status = rn_model_bind(*session, &options->model);
    if (status || options->dry_run)
        return status;
    return rn_caching_start(*source, options->quiet || options->json);
}

/* Counts, writes the files, prints. */
static rn_status report(rn_evaluation_results *results, const rn_session *session,
                        const rn_source *source, const rn_outcomes *outcomes, const char *folder)
{
    rn_status status = rn_evaluation_count(results, outcomes);
    if (status || !folder)
        return status;
    return rn_eval_write(results, session, source, outcomes, folder);
}

static rn_status print(const rn_evaluation_results *results, const rn_run_options *options)
{
    if (options->json)
        return rn_evaluation_print_json(stdout, results);
    rn_evaluation_print(stdout, results, options->quiet);
    return RN_OK;
}

rn_status rn_eval(const rn_config *config, rn_registry *registry, const rn_run_options *options,
                  const rn_eval_options *eval)
{
    collector c = { .outcomes.n_classes = config->network.classes };
    rn_evaluation_results results = { .n_files = 0 };
    rn_source *source = NULL;
    rn_session *session = NULL;
    rn_evaluation found;
    bool is_first = rn_world_is_first();
    rn_status status = prepare(config, registry, options, &session, &source);
    if (status || options->dry_run)
        goto done;
    if (eval->report && is_first)
        status = rn_folder_create(eval->report); /* before an hour of work */
    if (status)
        goto done;
    status = evaluate(session, source, &c, options, &found);
    if (status)
        goto done;
    results = (rn_evaluation_results){ .weights = options->model.path ? options->model.path
                                                                      : config->run.output,
                                       .dataset = source->dataset,
                                       .loss = found.loss,
                                       .top1 = found.top1,
                                       .n_images = found.n_images,
                                       .images_per_s = found.images_per_s };
    rn_world_busy("writes the report");
    if (is_first)
        status =
            report(&results, session, source, &c.outcomes, rn_eval_folder(config, options, eval));
    if (!status && is_first)
        status = print(&results, options);
    if (!status)
        status = check_top1(found.top1, found.n_images, eval->min_top1);
done:
    rn_evaluation_results_clear(&results);
    rn_outcomes_clear(&c.outcomes);
    rn_session_close(session);
    rn_source_close(source);
    return status;
}
