/* eval.c: loss and accuracy of trained weights on the validation samples. */
#include "commands/eval.h"

#include <inttypes.h>
#include <stdio.h>

#include "train/caching.h"
#include "train/evaluate.h"

static void print_evaluation(const rn_evaluation *result, bool json)
{
    const char *format = json ? "{\"images\": %" PRId64
                                ", \"loss\": %.6g, \"accuracy\": %.6g, \"images_per_s\": %.6g}\n"
                              : "%" PRId64 " images: loss %.4f, accuracy %.4f; %.0f images/s\n";
    printf(format, result->n_images, result->loss, result->accuracy, result->images_per_s);
}

rn_status rn_eval(const rn_config *config, rn_registry *registry, const rn_run_options *options)
{
    rn_source *validation = NULL;
    rn_session *session = NULL;
    rn_skipped *skipped = NULL;
    rn_evaluation result;
    rn_status status =
        rn_model_open(config, registry, config->data.validation_limit, &session, &validation);
    if (status)
        goto done;
    status = rn_evaluate_plans(session, RN_PASS_EVALUATE, validation);
    if (status)
        goto done;
    status = rn_model_bind(session, &options->model);
    if (status || options->dry_run)
        goto done;
    status = rn_caching_start(validation, options->quiet || options->json);
    if (status)
        goto done;
    status = rn_skipped_open(options->model.path ? NULL : config->run.output, false, &skipped);
    if (status)
        goto done;
    status = rn_evaluate(session, validation, skipped, &result);
    if (status)
        goto done;
    print_evaluation(&result, options->json);
done:
    rn_skipped_close(skipped);
    rn_session_close(session);
    rn_source_close(validation);
    return status;
}
