/* verb_compare.c: resnet-run compare. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/backend_path.h"
#include "cli/command_line.h"
#include "cli/verb.h"
#include "compare/reports.h"

#define DEFAULT_BATCH 4
#define DEFAULT_TRAIN_STEPS 20
#define MAX_RULES 64

static rn_status fail_number(const char *option, const char *value)
{
    return rn_fail(RN_E_USAGE, "--%s=%s: expected a positive number", option, value);
}

static bool read_number(const char *text, double *number)
{
    char *end = NULL;
    *number = strtod(text, &end);
    return end != text && !*end && *number > 0 && *number <= 1e9;
}

static rn_status take_limit(rn_options *options, const rn_option *option, const char *value)
{
    return read_number(value, &options->compare.limit) ? RN_OK : fail_number(option->name, value);
}

enum { CHAINED = 1 << RN_COMPARE_CHAINED, ISOLATED = 1 << RN_COMPARE_ISOLATED };

static const rn_word modes[] = {
    { "chained", CHAINED, "each operator reads what the one before it computed" },
    { "isolated", ISOLATED, "each operator reads what the reference computed" },
    { "both", CHAINED | ISOLATED, "" },
    { 0 },
};

static const rn_option options[] = {
    { 0, "backends", "A,B", "the first is the reference; A+conv=direct sets what its options do",
      .take = rn_option_text, RN_OPTION_FIELD(compare.backends) },
    { 0, "mode", "KIND", "", .take = rn_option_word, .words = modes, .default_text = "both",
      RN_OPTION_FIELD(compare_modes) },
    { 0, "layers", "PATTERN", "tensors to compare, as in layer2.*", .take = rn_option_text,
      RN_OPTION_FIELD(compare.layers) },
    { 0, "limit", "X", "largest relative difference; default: by an error model",
      .take = take_limit },
    { 0, "limits", "PATTERN=X,…", "the same of tensors with such names", .take = rn_option_text,
      RN_OPTION_FIELD(compare_limits) },
    { 0, "no-speed", NULL, "steps are not timed", .take = rn_option_flag,
      RN_OPTION_FIELD(compare_untimed) },
    { 0, "save-trace", "FILE", "what the first backend computed", .take = rn_option_text,
      RN_OPTION_FIELD(compare.save_trace) },
    { 0, "load-trace", "FILE", "compares with it, in place of the first backend",
      .take = rn_option_text, RN_OPTION_FIELD(compare.load_trace) },
    { 0, "trace-detail", "KIND", "", .take = rn_option_word, .words = rn_trace_details,
      .default_text = "full", RN_OPTION_FIELD(trace_detail) },
    { 0 },
};

/* The rules of "PATTERN=X,…", which is changed to hold their patterns. */
static rn_status read_rules(char *list, rn_limit_rule rules[MAX_RULES], int32_t *n)
{
    for (char *rule = list; rule && *rule;) {
        char *next = strchr(rule, ','), *equals;
        if (next)
            *next++ = 0;
        equals = strrchr(rule, '=');
        if (!equals || equals == rule || *n == MAX_RULES)
            return rn_fail(RN_E_USAGE,
                           "--limits: \"%s\": expected PATTERN=NUMBER, as in layer1.*=1e-3, and "
                           "%d of them at most",
                           rule, MAX_RULES);
        *equals = 0;
        rules[*n].match = rule;
        if (!read_number(equals + 1, &rules[*n].limit))
            return fail_number("limits", equals + 1);
        ++*n;
        rule = next;
    }
    return RN_OK;
}

static void complete(const rn_options *given, rn_compare_options *compare)
{
    *compare = given->compare;
    compare->batch = given->batch || compare->load_trace ? given->batch : DEFAULT_BATCH;
    compare->input = given->input ? given->input : "random";
    bool by_trace = compare->load_trace && !rn_options_has(given, "phase");
    compare->phase = by_trace ? 0 : (rn_compare_phase)given->phase;
    compare->repeats = given->repeats ? given->repeats : 1;
    compare->steps = given->steps || by_trace             ? given->steps
                     : compare->phase == RN_COMPARE_TRAIN ? DEFAULT_TRAIN_STEPS
                                                          : 1;
    for (int mode = 0; mode < RN_N_COMPARE_MODES; mode++)
        compare->modes[mode] = given->compare_modes >> mode & 1;
    compare->detail = (rn_trace_detail)given->trace_detail;
    compare->model = given->run.model;
    compare->model.allow_changed = true;
    compare->speed = !given->compare_untimed;
}

/* The status of the first side that was declined, or whose verdict fails. */
static rn_status judge(const rn_comparison *c)
{
    for (int32_t i = 1; i < c->n_sides; i++)
        if (rn_verdict_fails(c->sides[i].verdict))
            return rn_fail(RN_E_MISMATCH, "%s: %s", c->sides[i].label, c->sides[i].sentence);
    for (int32_t i = 1; i < c->n_sides; i++)
        if (c->sides[i].declined)
            return rn_fail(c->sides[i].declined, "%s", c->sides[i].sentence);
    return RN_OK;
}

/* Loss curves are compared as a whole: what is said of tensors would be ignored. */
static rn_status check_train(const rn_options *given)
{
    static const char *const of_tensors[] = { "mode", "layers", "limit", "limits", "repeat" };
    for (size_t i = 0; i < sizeof of_tensors / sizeof *of_tensors; i++)
        if (given->phase == RN_COMPARE_TRAIN && rn_options_has(given, of_tensors[i]))
            return rn_fail(RN_E_USAGE,
                           "--%s is of tensors, and --phase=train compares losses; leave one of "
                           "them out",
                           of_tensors[i]);
    if (rn_options_has(given, "trace-detail") && !given->compare.save_trace)
        return rn_fail(RN_E_USAGE, "--trace-detail is of --save-trace=FILE, which is not given");
    return RN_OK;
}

static rn_status compare_and_report(const rn_config *config, rn_registry *registry,
                                    const rn_options *given, const rn_compare_options *compare)
{
    const rn_report_options report = { .files = given->output,
                                       .json = given->run.json,
                                       .all = given->verbose > 0 };
    rn_comparison comparison = { 0 };
    rn_status status = rn_reports_check(report.files);
    if (status)
        return status;
    status = rn_compare_run(config, registry, compare, &comparison);
    comparison.command = rn_command_line(given->words);
    if (!status)
        status = rn_reports_write(&comparison, &report);
    if (!status)
        status = judge(&comparison);
    rn_comparison_clear(&comparison);
    return status;
}

static rn_status run(const rn_config *config, rn_registry *registry, const rn_options *given)
{
    rn_compare_options compare;
    rn_limit_rule rules[MAX_RULES];
    char *list = given->compare_limits ? strdup(given->compare_limits) : NULL, *backends = NULL;
    rn_status status = check_train(given);
    complete(given, &compare);
    compare.rules = rules;
    if (!status && given->compare_limits)
        status = list ? read_rules(list, rules, &compare.n_rules)
                      : rn_fail(RN_E_NOMEM, "no memory for the command line");
    if (!status && compare.backends)
        status = rn_backend_paths_load(registry, compare.backends, &backends);
    compare.backends = backends;
    if (!status)
        status = compare_and_report(config, registry, given, &compare);
    free(backends);
    free(list);
    return status;
}

const rn_verb rn_verb_compare = { .name = "compare",
                                  .help =
                                      "runs the same weights on several backends, layer by layer",
                                  .options = options,
                                  .follows_growth = true,
                                  .run = run };
