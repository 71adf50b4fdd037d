/* plugin_check.c: resnet-plugin check. */
#define _GNU_SOURCE /* fnmatch's extensions */
#include <fnmatch.h>
#include <stdlib.h>

#include "base/status.h"
#include "cli/plugin_verb.h"
#include "io/file.h"
#include "validate/checks.h"
#include "validate/reports.h"

static bool prints_json;

static void show(const rn_validation *v, const rn_checked *result)
{
    if (prints_json)
        return;
    rn_validation_text_one(stdout, v, result);
    fflush(stdout);
}

static rn_status check_only(const char *only)
{
    for (const rn_check *check = rn_checks; check->name; check++)
        if (!only || fnmatch(only, check->name, 0) == 0)
            return RN_OK;
    return rn_fail(RN_E_USAGE,
                   "--only=%s: no test has such a name; they are in resnet-plugin(1), as "
                   "block.gradient or 'backend.*'",
                   only);
}

static rn_status write_junit(const char *path, const rn_validation *v)
{
    rn_file *file = NULL;
    rn_status status = rn_file_create(path, &file);
    if (status)
        return status;
    rn_validation_junit(rn_file_stream(file), v);
    return rn_file_commit(file);
}

static rn_status report(const rn_plugin_options *options, const rn_validation *v)
{
    rn_status status = options->junit ? write_junit(options->junit, v) : RN_OK;
    if (status)
        return status;
    if (options->json)
        return rn_validation_json(stdout, v);
    rn_validation_text_sum(stdout, v);
    return RN_OK;
}

static rn_status judge(const rn_validation *v)
{
    const char *path = v->options->path;
    if (!v->is_loadable)
        return rn_fail(RN_E_PLUGIN, "%s cannot be loaded", path);
    if (v->n_failed)
        return rn_fail(RN_E_MISMATCH, "%s: %d of %d tests failed", path, v->n_failed, v->n_results);
    return RN_OK;
}

static rn_status run(const rn_plugin_options *options)
{
    rn_validation v = { 0 };
    rn_status status = check_only(options->only);
    if (status)
        return status;
    char *path = realpath(options->operands[0], NULL);
    if (!path)
        return rn_fail(RN_E_PLUGIN, "there is no file %s; check takes a plugin's path",
                       options->operands[0]);
    const rn_validate_options validate = { .path = path,
                                           .plugin_path = options->plugin_path,
                                           .only = options->only };
    prints_json = options->json;
    status = rn_validate_run(&validate, show, &v);
    if (!status)
        status = report(options, &v);
    if (!status)
        status = judge(&v);
    rn_validation_clear(&v);
    free(path);
    return status;
}

static const rn_plugin_option only = {
    .name = "only",
    .value = "TEST",
    .help = "run the tests of this name alone, which may have * and ?",
    RN_PLUGIN_FIELD(only),
};
static const rn_plugin_option junit = {
    .name = "junit",
    .value = "FILE",
    .help = "write the results as JUnit's XML, too",
    RN_PLUGIN_FIELD(junit),
};
static const rn_plugin_option *const rows[] = { &rn_plugin_option_path, &rn_plugin_option_json,
                                                &only, &junit, NULL };

const rn_plugin_verb rn_plugin_verb_check = {
    .name = "check",
    .operands = "FILE",
    .help =
        "tests a plugin: how it is linked and loaded, its blocks, operators, backend and transport",
    .options = rows,
    .run = run,
};
