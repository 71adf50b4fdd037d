/* bisect.c: the command: find, reduce, write; or repeat what was written. */
#include "compare/bisect.h"

#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"
#include "compare/bisect_find.h"
#include "compare/bisect_folder.h"
#include "compare/bisect_json.h"
#include "compare/bisect_reduce.h"
#include "graph/op.h"
#include "io/file.h"
#include "train/synthetic.h"

#define REDUCING_S 300    /* unless --max-time says */
#define COUNTED_RUNS 100  /* of the operator as it was found, and as it was reduced */
#define COUNTED_MS 2000   /* unless it is slow */
#define LOSS_SCALE 1024.0 /* in half precision: in the middle between 2^-24 and 65504 */
#define N_UPDATES 10      /* before this step, so that corrections of adamw are not 1 */

typedef struct bisect {
    const rn_config *config;
    const rn_bisect_options *options;
    rn_session *session;
    rn_lab lab;
    rn_fault fault;
} bisect;

static void set_end(bisect *b, double seconds)
{
    b->lab.end_ns = rn_host_table()->time_ns() + (uint64_t)(seconds * 1e9);
}

/* ---- The devices ---- */

static rn_status open_reference(bisect *b, rn_registry *registry)
{
    const rn_device_params params = { .backend = b->options->reference,
                                      .device = "",
                                      .threads = (int32_t)b->config->run.threads,
                                      .precision = RN_PRECISION_FP32 };
    return rn_device_open(registry, &params, &b->lab.reference);
}

static rn_status open_lab(bisect *b, rn_registry *registry)
{
    rn_status status = rn_session_open_first(b->config, registry, &b->session);
    if (status)
        return status;
    b->lab.tested = b->session->ranks[0].device;
    b->lab.precision = b->config->backend.precision;
    b->fault.lab = &b->lab;
    b->fault.config = b->config;
    b->fault.plugin_file = b->options->plugin_file;
    return open_reference(b, registry);
}

/* ---- Finding ---- */

static rn_status add_pass(bisect *b, rn_find *find)
{
    rn_pass pass = b->options->train_step ? RN_PASS_TRAIN : RN_PASS_EVALUATE;
    b->session->batch_option = "--batch";
    b->session->apart = true;
    rn_status status = rn_session_add(b->session, pass, b->options->batch, false, &find->plans);
    if (status)
        return status;
    status = rn_session_bind(b->session);
    return status ? status : rn_model_start(b->session, &b->options->model);
}

static rn_status find_fault(bisect *b, rn_find *find)
{
    rn_synthetic images = { 0 };
    const rn_step_params params = { .learning_rate = b->config->train.learning_rate,
                                    .loss_scale = LOSS_SCALE,
                                    .n_updates = N_UPDATES,
                                    .average_decay = 0.9,
                                    .seed = (uint32_t)b->config->run.seed,
                                    .step = 1 };
    rn_status status = add_pass(b, find);
    if (status)
        return status;
    status = rn_synthetic_make(b->config, b->options->batch, &images);
    find->lab = &b->lab;
    find->session = b->session;
    find->batch = &images.batch;
    find->params = &params;
    find->n_runs = b->options->repeats;
    if (!status)
        status = rn_find_first(find, &b->fault.subject, &b->fault.trial);
    rn_synthetic_clear(&images);
    return status;
}

/* ---- Reducing ---- */

/* Runs the operator some more times, to know how often it fails. */
static rn_status count_runs(bisect *b)
{
    rn_goal goal = b->fault.goal;
    rn_trial trial = { 0 };
    uint64_t start_ns = rn_host_table()->time_ns();
    goal.every_run = true;
    rn_status status = rn_trial_expect(&b->lab, &b->fault.subject, &trial);
    if (!status)
        status = rn_trial_run(&b->lab, &b->fault.subject, &goal, b->options->repeats, &trial);
    uint64_t spent_ms = (rn_host_table()->time_ns() - start_ns) / 1000000;
    if (!status && spent_ms * COUNTED_RUNS < COUNTED_MS * (uint64_t)b->options->repeats) {
        rn_trial_clear(&trial);
        status = rn_trial_expect(&b->lab, &b->fault.subject, &trial);
        if (!status)
            status = rn_trial_run(&b->lab, &b->fault.subject, &goal, COUNTED_RUNS, &trial);
    }
    if (!status && trial.n_failed > 0) {
        rn_trial old = b->fault.trial;
        b->fault.trial = trial;
        trial = old;
    }
    rn_trial_clear(&trial);
    return status;
}

static void set_goal(rn_fault *fault)
{
    int32_t operand = fault->trial.operand;
    rn_verdict verdict = operand < 0 ? RN_VERDICT_WRONG : fault->trial.findings[operand].verdict;
    fault->goal = (rn_goal){ .operand = operand, .verdict = verdict };
    rn_fault_shapes(&fault->subject, fault->found_in, sizeof fault->found_in);
}

static rn_status reduce(bisect *b)
{
    rn_fault *fault = &b->fault;
    set_goal(fault);
    if (!b->lab.end_ns)
        set_end(b, REDUCING_S);
    rn_status status = count_runs(b);
    if (status)
        return status;
    rn_reduction reduction = { .lab = &b->lab,
                               .goal = fault->goal,
                               .n_runs =
                                   rn_reduce_runs(fault->trial.n_failed, fault->trial.n_runs) };
    rn_log(RN_LOG_INFO, "bisect: %s (%s) fails in %lld of %lld runs; each trial is of %lld",
           fault->subject.layer, fault->subject.op->name, (long long)fault->trial.n_failed,
           (long long)fault->trial.n_runs, (long long)reduction.n_runs);
    status = rn_reduce(&reduction, &fault->subject, &fault->trial);
    fault->n_trials = reduction.n_trials;
    fault->out_of_time = reduction.out_of_time;
    return status ? status : count_runs(b);
}

/* ---- Reports ---- */

static void print_fault(const bisect *b)
{
    if (b->options->json) {
        rn_fault_print_json(stdout, &b->fault);
        return;
    }
    rn_fault_title(stdout, &b->fault);
    rn_fault_text(stdout, &b->fault);
}

static rn_status report_fault(const bisect *b)
{
    char in_run[RN_PATH_SIZE];
    const char *folder = b->options->folder ? b->options->folder : in_run;
    const rn_case *c = &b->fault.subject;
    rn_status status = rn_path_join(in_run, b->config->run.output, "bisect");
    print_fault(b); /* a search can be long: its result is not lost with the folder */
    if (!status)
        status = rn_fault_write(folder, &b->fault);
    if (status)
        return status;
    if (!b->options->json)
        rn_print(stdout, "Repeat it with %s/" RN_FAULT_RUN "\n", folder);
    return rn_fail(RN_E_MISMATCH, "%s: %s of %s is wrong by itself; %s has all that repeats it",
                   b->lab.tested->label, c->op->name, c->layer, folder);
}

/* An operator of a plugin is found, but not reduced or written: its attributes are the plugin's. */
static rn_status report_plugin(bisect *b)
{
    const rn_case *c = &b->fault.subject;
    set_goal(&b->fault);
    rn_status status = count_runs(b);
    if (status)
        return status;
    print_fault(b);
    return rn_fail(RN_E_MISMATCH, "%s: operator %s of %s is wrong by itself", b->lab.tested->label,
                   c->op->name, c->layer);
}

static void report_none(const bisect *b, const rn_find *find)
{
    rn_print(stdout, "%s: each of the %lld operators of this pass is right by itself",
             b->lab.tested->label, (long long)(find->n_operators - find->n_declined));
    if (find->n_declined)
        rn_print(stdout, "; %lld could not be tried alone", (long long)find->n_declined);
    rn_print(
        stdout,
        ".\nIf compare differs nevertheless, the fault is in how operators work together: memory "
        "that they\nshare, steps that are recorded, threads, masks as bits, or a fault that is "
        "rare: try --repeat=100.\n");
}

static rn_status find_and_report(bisect *b)
{
    rn_find find = { 0 };
    rn_status status = find_fault(b, &find);
    if (status)
        return status;
    if (find.out_of_time)
        return rn_fail(RN_E_USAGE,
                       "--max-time=%g seconds are over after %lld operators, each of them right by "
                       "itself; give more time, or --repeat=1",
                       b->options->max_time_s, (long long)find.n_operators);
    if (!find.found) {
        report_none(b, &find);
        return RN_OK;
    }
    if (b->fault.subject.custom)
        return report_plugin(b);
    status = reduce(b);
    return status ? status : report_fault(b);
}

/* ---- Replaying ---- */

static rn_status replay(bisect *b)
{
    rn_fault *fault = &b->fault;
    rn_status status = rn_fault_read(b->options->replay, fault);
    if (status)
        return status;
    int64_t n_runs = rn_reduce_runs(fault->trial.n_failed, fault->trial.n_runs);
    snprintf(fault->found_in, sizeof fault->found_in, "%s", b->options->replay);
    fault->trial.n_runs = fault->trial.n_failed = 0;
    n_runs = n_runs > b->options->repeats ? n_runs : b->options->repeats;
    status = rn_trial_run(&b->lab, &fault->subject, &fault->goal, n_runs, &fault->trial);
    if (status)
        return status;
    const char *label = b->lab.tested->label;
    if (!fault->trial.n_failed) {
        rn_print(stdout, "%s: %s of %s is right in %lld runs\n", label, fault->subject.op->name,
                 fault->subject.layer, (long long)fault->trial.n_runs);
        return RN_OK;
    }
    print_fault(b);
    return rn_fail(RN_E_MISMATCH, "%s: the fault of %s is there", label, b->options->replay);
}

rn_status rn_bisect(const rn_config *config, rn_registry *registry,
                    const rn_bisect_options *options)
{
    bisect b = { .config = config, .options = options };
    if (!options->replay && options->max_time_s > 0)
        set_end(&b, options->max_time_s);
    rn_interrupt_install();
    rn_status status = open_lab(&b, registry);
    if (!status)
        status = options->replay ? replay(&b) : find_and_report(&b);
    rn_fault_clear(&b.fault);
    rn_device_close(b.lab.reference);
    rn_session_close(b.session);
    return status;
}
