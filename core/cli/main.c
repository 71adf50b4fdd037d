/* main.c: the program resnet-run. The only file of it that prints errors and exits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/processors.h"
#include "base/start.h"
#include "base/status.h"
#include "cli/backend_path.h"
#include "cli/descriptors.h"
#include "cli/help.h"
#include "cli/libraries.h"
#include "cli/options.h"
#include "config/config_record.h"
#include "device/search.h"
#include "plugin/guard.h"
#include "train/growing.h"
#include "weights/describe.h"
#include "weights/open.h"
#include "world/world.h"

static bool is_verbose;

/* Of several processes the first one speaks. What the others log is marked. Their warnings, most of
 * which are those of the first one, are part of that. */
static void print_log(int32_t level, const char *line)
{
    if (!rn_world_is_first() && level == RN_LOG_WARNING && !is_verbose)
        return;
    if (rn_world_is_first())
        fprintf(stderr, "resnet-run: %s\n", line);
    else
        fprintf(stderr, "[%d] resnet-run: %s\n", rn_world_get()->process, line);
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

/* What processes that work together must have in common. */
static rn_status agree(const rn_config *config, const rn_verb *verb)
{
    const rn_world *world = rn_world_get();
    char *record = NULL;
    if (rn_world_is_alone())
        return RN_OK;
    if (!verb->is_shared)
        return rn_fail(RN_E_USAGE,
                       "%s is work for one process, but %d were started together: start one, or "
                       "give --transport=none",
                       verb->name, world->n_processes);
    rn_world_set_deadline(config->run.deadline);
    rn_status status = rn_world_agree("the command", verb->name);
    if (!status)
        status = rn_config_record(config, &record);
    if (!status)
        status = rn_world_agree("the cfg", record);
    free(record);
    return status;
}

/* Runs the command that was given, or else the cfg's. */
static rn_status run_verb(const rn_config *config, rn_registry *registry, const rn_options *options)
{
    const char *name = options->verb ? options->verb : rn_config_word(config, "run.action");
    rn_config *grown = NULL;
    const rn_verb *verb = rn_verb_find(name);
    rn_status status = rn_options_check(options, name);
    if (!status)
        status = agree(config, verb);
    if (!status && verb->follows_growth)
        status = rn_growing_follow(config, &options->run.model, &grown);
    if (!status)
        status = verb->run(grown ? grown : config, registry, options);
    rn_config_destroy(grown);
    return status;
}

/* Loads the plugin of --backend=/PATH/NAME.so:DEVICE, and selects it by its name. */
static rn_status use_plugin_file(rn_registry *registry, rn_options *options)
{
    char *name = NULL;
    rn_status status = rn_backend_paths_load(registry, options->plugin_file, &name);
    if (status)
        return status;
    name[strcspn(name, ":")] = 0;
    status = rn_options_set(options, "backend.name", name);
    free(name);
    return status;
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

static rn_status run(rn_options *options, rn_registry *registry)
{
    rn_config *config = NULL;
    rn_weights *weights = NULL;
    const rn_verb *verb = options->verb ? rn_verb_find(options->verb) : NULL;
    if (verb && verb->reads_reports)
        return run_verb(NULL, NULL, options);
    rn_status status = options->plugin_file ? use_plugin_file(registry, options) : RN_OK;
    rn_stage before = rn_start_enter(RN_STAGE_CFG);
    if (!status)
        status = load_model(options, &weights, &config);
    rn_start_enter(before);
    if (!status)
        status = run_verb(config, registry, options);
    rn_weights_close(weights);
    rn_config_destroy(config);
    return status;
}

/* Meets the other processes of the run, if there are any. Mistakes on the command line wait until
 * then: so they are told once. */
static rn_status join_others(rn_options *options, rn_registry *registry)
{
    rn_status status = rn_world_open(registry, options->transport);
    rn_processors_share(rn_world_get()->n_on_host);
    if (status || rn_world_is_first())
        return status;
    options->run.quiet = true;
    return freopen("/dev/null", "w", stdout) ? RN_OK : rn_fail(RN_E_IO, "cannot open /dev/null");
}

static rn_status work(rn_options *options, rn_status status)
{
    rn_registry *registry = NULL;
    char *text = status ? strdup(rn_fail_text()) : NULL;
    rn_status joined = rn_registry_create(options->plugin_path, &registry);
    if (!joined)
        joined = join_others(options, registry);
    if (status)
        rn_fail(status, "%s", text ? text : rn_status_meaning(status));
    else
        status = joined ? joined : run(options, registry);
    free(text);
    rn_registry_destroy(registry);
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
    rn_start_begin();
    rn_libraries_settle();
    rn_guard_program("resnet-run");
    rn_status status = rn_descriptors_claim();
    if (status)
        return status;
    status = rn_options_read(argc, argv, options);
    options->bench.start_ns = start_ns;
    is_verbose = log_level(options) < RN_LOG_WARNING;
    rn_log_set(log_level(options), print_log);
    rn_search_tell(!options->run.quiet && isatty(STDERR_FILENO));
    if (status || !rn_options_want_answer(options))
        return work(options, status);
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
    bool speaks = false;
    rn_status status = check_output(serve(argc, argv, &options));
    status = rn_world_close(status, &speaks);
    if (speaks)
        fprintf(stderr, "resnet-run: %s\n", rn_fail_text());
    rn_options_clear(&options);
    int exit_status =
        status == RN_E_INTERRUPTED ? 128 + rn_interrupt_cause() : rn_status_exit(status);
    if (!rn_world_leave(exit_status))
        _exit(exit_status);
    return exit_status;
}
