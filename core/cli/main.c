/* main.c: the command resnet-run. The only file that prints errors and exits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "cli/descriptors.h"
#include "cli/libraries.h"
#include "cli/options.h"
#include "commands/summary.h"

static void print_log(int32_t level, const char *line)
{
    (void)level;
    fprintf(stderr, "resnet-run: %s\n", line);
}

static rn_status run_verb(const rn_config *config, rn_registry *registry, rn_options *options)
{
    const char *verb = options->verb ? options->verb : rn_config_word(config, "run.action");
    rn_status status = rn_options_check(options, verb);
    if (status)
        return status;
    if (strcmp(verb, "train") == 0)
        return rn_run_train(config, registry, &options->run);
    if (strcmp(verb, "eval") == 0)
        return rn_run_evaluate(config, registry, &options->run);
    if (strcmp(verb, "predict") == 0)
        return rn_run_predict(config, registry, &options->run);
    if (strcmp(verb, "summary") == 0)
        return rn_summary(config, registry,
                          &(rn_summary_options){ .json = options->run.json,
                                                 .algorithms = options->algorithms });
    if (strcmp(verb, "bench") == 0) {
        options->bench.batch = options->batch;
        options->bench.train_step = options->train_step;
        options->bench.json = options->run.json;
        return rn_bench(config, registry, &options->bench);
    }
    options->compare.batch = options->batch ? options->batch : 4;
    options->compare.train_step = options->train_step;
    options->compare.weights = options->run.weights;
    options->compare.json = options->run.json;
    return rn_compare(config, registry, &options->compare);
}

/* Loads the plugin of --backend=/PATH/NAME.so and goes on by its name. */
static rn_status use_plugin_file(rn_registry *registry, rn_options *options)
{
    const rn_loaded_plugin *loaded = NULL;
    rn_status status = rn_registry_load(registry, options->plugin_file, &loaded);
    return status ? status : rn_options_set(options, "backend.name", loaded->plugin.name);
}

static rn_status run(rn_options *options)
{
    rn_config *config = NULL;
    rn_registry *registry = NULL;
    rn_status status = rn_registry_create(options->plugin_path, &registry);
    if (!status && options->plugin_file)
        status = use_plugin_file(registry, options);
    if (!status)
        status = rn_config_load(options->cfg, (const char *const *)options->settings,
                                options->n_settings, &config);
    if (!status)
        status = run_verb(config, registry, options);
    rn_registry_destroy(registry);
    rn_config_destroy(config);
    return status;
}

/* A full disk or a closed pipe shows when standard output is flushed. */
static rn_status check_output(rn_status status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return status ? status : rn_fail(RN_E_IO, "cannot write to standard output");
}

int main(int argc, char **argv)
{
    rn_options options = { 0 };
    uint64_t start_ns = rn_host_table()->time_ns();
    rn_libraries_settle();
    rn_status status = rn_descriptors_claim();
    if (!status)
        status = rn_options_read(argc, argv, &options);
    options.bench.start_ns = start_ns;
    rn_log_set(options.verbose ? RN_LOG_DEBUG : RN_LOG_WARNING, print_log);
    if (!status && options.help) {
        rn_options_help(stdout);
    } else if (!status && options.version) {
        puts("resnet-run " RN_VERSION);
    } else if (!status) {
        status = run(&options);
    }
    status = check_output(status);
    if (status)
        fprintf(stderr, "resnet-run: %s\n", rn_fail_text());
    rn_options_clear(&options);
    return status == RN_E_INTERRUPTED ? 128 + rn_interrupt_signal() : rn_status_exit(status);
}
