/* predict.c: what a trained network says about pictures. */
#include "commands/predict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/finite.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "commands/predict_outputs.h"
#include "io/file.h"
#include "report/labels.h"
#include "report/progress.h"
#include "train/caching.h"
#include "train/diagnose.h"
#include "train/step.h"
#include "world/world.h"

typedef struct predictor {
    rn_config config; /* with the input's size */
    const rn_predict_options *options;
    rn_predict_input input;
    rn_predict_outputs outputs;
    rn_session *session;
    rn_pass_plans *plans;
    rn_maker *maker; /* decodes pictures anew, to draw them; NULL: none are drawn */
    rn_labels labels;
    rn_progress progress;
    int64_t n_done, n_skipped;
} predictor;

/* ---- Results ---- */

static rn_status print_image(predictor *p, const rn_batch *batch, int64_t i)
{
    const rn_dataset *dataset = p->input.source->dataset;
    const rn_predict_output *features = rn_predict_outputs_features(&p->outputs);
    char file[RN_PATH_SIZE];
    rn_labelled image = { .index = batch->samples[i],
                          .truth = p->input.has_labels ? batch->labels[i] : RN_NO_LABEL };
    image.values = features ? features->batch + i * features->row
                            : p->session->probabilities + i * p->labels.n_classes;
    image.n_features = features ? features->row : 0;
    if (!p->input.x && !dataset->channels) {
        rn_dataset_describe(dataset, image.index, file, sizeof file);
        image.file = file;
    }
    rn_status status = RN_OK;
    if (image.file)
        status = rn_predict_outputs_name(&p->outputs, file);
    if (!status && p->maker)
        status = rn_maker_look(p->maker, image.index, &image.picture);
    return status ? status : rn_labels_print(&p->labels, &image);
}

/* Prints what a step gave, at once, so that a reader behind a pipe need not wait for the end. Of
 * several processes, the first does. */
static rn_status print_batch(predictor *p, const rn_batch *batch)
{
    rn_status status = RN_OK;
    if (!rn_world_is_first())
        return RN_OK;
    rn_world_busy("prints");
    for (int64_t i = 0; i < batch->count && !status; i++)
        status = print_image(p, batch, i);
    if (!status && fflush(stdout))
        status = rn_fail(RN_E_IO, "cannot write to standard output");
    rn_world_busy(NULL);
    return status;
}

static rn_status predict_batch(predictor *p, const rn_batch *batch)
{
    const rn_step_params nothing = { 0 };
    rn_step_result result;
    rn_status status = rn_step_run(p->session, p->plans, batch, &nothing, &result);
    if (status)
        return status;
    if (!rn_all_finite(p->session->probabilities, batch->count * p->labels.n_classes))
        return rn_diagnose(p->session, batch, &nothing, RN_PASS_PREDICT);
    status = rn_predict_outputs_take(&p->outputs, p->plans, batch->count);
    return status ? status : print_batch(p, batch);
}

/* ---- Pictures that cannot be read ---- */

/* Clears the bar from the line that the message takes. */
static rn_status report_skipped(void *context, const char *name, const char *reason)
{
    predictor *p = context;
    rn_progress shown = p->progress;
    rn_progress_finish(&shown);
    rn_log(RN_LOG_WARNING, "%s: %s", name, reason);
    p->n_skipped++;
    return RN_OK;
}

static rn_status check_skipped(const predictor *p)
{
    if (!p->n_skipped || !rn_world_is_first())
        return RN_OK;
    return rn_fail(RN_E_DATA, "%" PRId64 " of %" PRId64 " pictures could not be read", p->n_skipped,
                   p->input.count);
}

/* ---- The run ---- */

/* A terminal that shows the results needs no bar between them. */
static void start_progress(predictor *p, bool quiet)
{
    bool hidden = quiet || !rn_world_is_first() || !isatty(fileno(stderr)) ||
                  isatty(fileno(stdout)) || p->input.count <= p->input.batch;
    rn_progress_start(&p->progress, stderr, hidden, "predicting", p->input.count);
}

static rn_status predict_all(predictor *p)
{
    rn_batch batch;
    rn_world_busy(NULL);
    rn_status status = rn_predict_input_start(&p->input, p->session, report_skipped, p);
    while (!status) {
        status = rn_predict_input_next(&p->input, &batch);
        if (status || batch.count == 0)
            break;
        status = predict_batch(p, &batch);
        p->n_done += batch.count;
        rn_progress_update(&p->progress, p->n_done + p->n_skipped, NAN, 0);
    }
    rn_progress_finish(&p->progress);
    if (!status && rn_interrupt_signal())
        status = rn_fail(RN_E_INTERRUPTED, "interrupted");
    return status;
}

static rn_status begin_labels(predictor *p)
{
    const rn_predict_output *features = rn_predict_outputs_features(&p->outputs);
    const rn_dataset *dataset = p->input.source->dataset;
    int64_t n_classes = p->config.network.classes, top = p->options->top;
    p->labels = (rn_labels){ .stream = stdout,
                             .format = p->options->format,
                             .dataset = dataset,
                             .n_classes = n_classes,
                             .n_top = top < n_classes ? top : n_classes,
                             .has_labels = p->input.has_labels };
    bool draws = p->labels.format == RN_LABELS_TABLE && rn_labels_draws(dataset);
    rn_status status = draws ? rn_maker_create(p->input.source, 0, &p->maker) : RN_OK;
    return status ? status : rn_labels_begin(&p->labels, features ? features->row : 0);
}

static rn_status list_outputs(predictor *p)
{
    p->outputs = (rn_predict_outputs){ .path = p->options->save,
                                       .layers = p->options->activations,
                                       .features = p->options->features };
    return rn_predict_outputs_list(&p->outputs);
}

/* Results besides the probabilities are those of one device. */
static rn_status open_session(predictor *p, rn_registry *registry)
{
    rn_status status = p->outputs.n_wanted
                           ? rn_session_open_first(&p->config, registry, &p->session)
                           : rn_session_open(&p->config, registry, &p->session);
    if (status)
        return status;
    rn_predict_input_share(&p->input, p->session);
    p->session->data = p->input.source->dataset;
    p->session->outputs = p->outputs.wanted;
    p->session->n_outputs = p->outputs.n_wanted;
    p->session->evaluation_bytes = !p->input.x && rn_source_byte_values(p->input.source);
    return rn_session_add(p->session, RN_PASS_PREDICT, p->input.batch, false, &p->plans);
}

static rn_status print_predictions(predictor *p, const rn_run_options *run)
{
    rn_status status = RN_OK;
    if (p->input.has_labels)
        status = rn_caching_start(p->input.source, run->quiet || run->json);
    if (status)
        return status;
    status = rn_predict_outputs_begin(&p->outputs, p->session, p->plans, p->input.count);
    if (status)
        return status;
    status = begin_labels(p);
    if (status)
        return status;
    start_progress(p, run->quiet);
    status = predict_all(p);
    if (status)
        return status;
    if (rn_world_is_first())
        status = rn_predict_outputs_write(&p->outputs, p->input.source->dataset);
    return status ? status : check_skipped(p);
}

rn_status rn_predict(const rn_config *config, rn_registry *registry,
                     const rn_predict_options *options, const rn_run_options *run)
{
    predictor p = { .config = *config, .options = options };
    p.config.data.on_error = options->on_error;
    rn_status status = list_outputs(&p);
    if (status)
        goto done;
    status = rn_predict_input_open(&options->from, &p.config, &p.input);
    if (status)
        goto done;
    status = open_session(&p, registry);
    if (status)
        goto done;
    status = rn_model_bind(p.session, &run->model);
    if (status || run->dry_run)
        goto done;
    status = print_predictions(&p, run);
done:
    rn_labels_end(&p.labels);
    rn_maker_destroy(p.maker);
    rn_predict_outputs_clear(&p.outputs);
    rn_predict_input_close(&p.input);
    rn_session_close(p.session);
    return status;
}
