/* main.c: the program resnet-run. The only file of it that prints errors and exits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/status.h"
#include "cli/descriptors.h"
#include "cli/help.h"
#include "cli/libraries.h"
#include "cli/options.h"
#include "train/growing.h"
#include "weights/describe.h"
#include "weights/open.h"

static void print_log(int32_t level, const char *line)
{
    (void)level;
    fprintf(stderr, "resnet-run: %s\n", line);
}

/* By --verbose, or by RESNET_LOG=debug, which a script can set for a command that it does not
 * start itself. */
static int32_t log_level(const rn_options *options)
{
    const char *wanted = getenv("RESNET_LOG");
    if (options->verbose > 1 || (wanted && strcmp(wanted, "debug") == 0))
        return RN_LOG_DEBUG;
    return options->verbose ? RN_LOG_INFO : RN_LOG_WARNING;
}

/* Runs the command that was given, or else the cfg's. */
static rn_status run_verb(const rn_config *config, rn_registry *registry, const rn_options *options)
{
    const char *name = options->verb ? options->verb : rn_config_word(config, "run.action");
    rn_config *grown = NULL;
    const rn_verb *verb = rn_verb_find(name);
    rn_status status = rn_options_check(options, name);
    if (!status && verb->follows_growth)
        status = rn_growing_follow(config, &options->run.model, &grown);
    if (!status)
        status = verb->run(grown ? grown : config, registry, options);
    rn_config_destroy(grown);
    return status;
}

/* Loads the plugin of --backend=/PATH/NAME.so, and selects it by its name. */
static rn_status use_plugin_file(rn_registry *registry, rn_options *options)
{
    const rn_loaded_plugin *loaded = NULL;
    rn_status status = rn_registry_load(registry, options->plugin_file, &loaded);
    return status ? status : rn_options_set(options, "backend.name", loaded->plugin.name);
}

/* The cfg; or the cfg that a file of weights tells, which are then those of the run unless others
 * are given. */
static rn_status load_model(rn_options *options, rn_weights **weights, rn_config **config)
{
    rn_model_choice *model = &options->run.model;
    rn_config_source source = { .path = options->cfg,
                                .settings = (const char *const *)options->settings,
                                .n_settings = options->n_settings,
                                .variant = options->variant };
    if (!rn_weights_recognise(options->cfg))
        return rn_config_load_source(&source, config);
    rn_status status = rn_weights_open(options->cfg, model->key, weights);
    if (status)
        return status;
    status = rn_weights_describe(*weights, &source.text);
    if (status)
        return status;
    if (!model->path) {
        model->path = options->cfg;
        model->opened = *weights;
    }
    return rn_config_load_source(&source, config);
}

static rn_status run(rn_options *options)
{
    rn_config *config = NULL;
    rn_registry *registry = NULL;
    rn_weights *weights = NULL;
    const rn_verb *verb = options->verb ? rn_verb_find(options->verb) : NULL;
    if (verb && verb->reads_reports)
        return run_verb(NULL, NULL, options);
    rn_status status = rn_registry_create(options->plugin_path, &registry);
    if (status)
        return status;
    if (options->plugin_file)
        status = use_plugin_file(registry, options);
    if (status)
        goto done;
    status = load_model(options, &weights, &config);
    if (status)
        goto done;
    status = run_verb(config, registry, options);
done:
    rn_weights_close(weights);
    rn_registry_destroy(registry);
    rn_config_destroy(config);
    return status;
}

static void answer(const rn_options *options)
{
    if (options->help)
        rn_help_print(stdout);
    else if (options->version)
        puts("resnet-run " RN_VERSION);
    else
        rn_help_list(stdout);
}

/* Does what the command line says, and leaves in `options` what main has to free. */
static rn_status serve(int argc, char **argv, rn_options *options)
{
    uint64_t start_ns = rn_host_table()->time_ns();
    rn_libraries_settle();
    rn_status status = rn_descriptors_claim();
    if (status)
        return status;
    status = rn_options_read(argc, argv, options);
    options->bench.start_ns = start_ns;
    rn_log_set(log_level(options), print_log);
    if (status)
        return status;
    if (!rn_options_want_answer(options))
        return run(options);
    answer(options);
    return RN_OK;
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
    rn_status status = check_output(serve(argc, argv, &options));
    if (status)
        fprintf(stderr, "resnet-run: %s\n", rn_fail_text());
    rn_options_clear(&options);
    return status == RN_E_INTERRUPTED ? 128 + rn_interrupt_signal() : rn_status_exit(status);
}
