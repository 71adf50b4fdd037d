/* plugin_main.c: the program resnet-plugin: lists plugins and what they offer. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "cli/descriptors.h"
#include "cli/libraries.h"
#include "cli/plugin_json.h"
#include "cli/plugin_text.h"
#include "plugin/layers.h"

static const char usage[] =
    "Usage: resnet-plugin [OPTION…] list\n"
    "       resnet-plugin [OPTION…] info NAME\n"
    "\n"
    "list shows every plugin that is found: loaded, shadowed by another of its name, or refused\n"
    "and why. info shows operators and devices of a backend and the attributes of blocks; NAME is\n"
    "a plugin (residual), a block (residual/basic), a built-in layer (conv2d) or a plugin's path.\n"
    "\n"
    "  --plugin-path=DIRS  folders to search first, separated by ':'; then come those of\n"
    "                      $RESNET_PLUGIN_PATH and " RN_PLUGIN_DIR "\n"
    "  --json              write JSON\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 2 wrong usage, 3 no such plugin or it is refused, 6 out of memory.\n";

typedef struct options {
    const char *plugin_path;
    bool json;
    const char *answer; /* the text of --help or --version; NULL: neither was given */
    const char *verb, *name;
} options;

static rn_status list(rn_registry *registry, const options *o)
{
    rn_plugin_scan *scan = NULL;
    rn_status status = rn_plugin_scan_create(registry, &scan);
    if (status)
        return status;
    if (o->json)
        status = rn_plugin_json_list(stdout, scan);
    else
        rn_plugin_text_list(stdout, scan);
    rn_plugin_scan_destroy(scan);
    return status;
}

static rn_status show_block(rn_registry *registry, const options *o)
{
    const rn_block *block = NULL;
    rn_status status = rn_registry_block(registry, o->name, &block);
    if (status)
        return status;
    if (o->json)
        return rn_plugin_json_block(stdout, block);
    const char *slash = strrchr(o->name, '/');
    char *owner = strndup(o->name, slash ? (size_t)(slash - o->name) + 1 : 0);
    if (!owner)
        return rn_fail(RN_E_NOMEM, "no memory");
    rn_plugin_text_block(stdout, block, owner);
    free(owner);
    return RN_OK;
}

static rn_status info(rn_registry *registry, const options *o)
{
    bool is_path = o->name[0] == '/';
    if (!is_path && (strchr(o->name, '/') || rn_layer_find(o->name)))
        return show_block(registry, o);
    const rn_loaded_plugin *plugin = NULL;
    rn_status status = rn_registry_load(registry, o->name, &plugin);
    if (status)
        return status;
    if (o->json)
        return rn_plugin_json_info(stdout, plugin);
    rn_plugin_text_info(stdout, plugin);
    return RN_OK;
}

static rn_status read_operands(int count, char **words, options *o)
{
    o->verb = count > 0 ? words[0] : "";
    o->name = count > 1 ? words[1] : NULL;
    if (strcmp(o->verb, "list") == 0 && count == 1)
        return RN_OK;
    if (strcmp(o->verb, "info") == 0 && count == 2)
        return RN_OK;
    if (strcmp(o->verb, "list") == 0)
        return rn_fail(RN_E_USAGE, "list takes no name; found \"%s\"", o->name);
    if (strcmp(o->verb, "info") == 0)
        return rn_fail(RN_E_USAGE, "info takes one name; see resnet-plugin list");
    return rn_fail(RN_E_USAGE, "expected list or info, not \"%s\"; see --help", o->verb);
}

static rn_status read_options(int argc, char **argv, options *o)
{
    static const struct option table[] = {
        { "plugin-path", required_argument, NULL, 'p' },
        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    opterr = 0;
    for (int c; !o->answer && (c = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
        if (c == 'p')
            o->plugin_path = optarg;
        else if (c == 'j')
            o->json = true;
        else if (c == 'h' || c == 'V')
            o->answer = c == 'h' ? usage : "resnet-plugin " RN_VERSION "\n";
        else
            return rn_fail(RN_E_USAGE, "%s \"%s\"; see --help",
                           c == ':' ? "a value is missing after" : "there is no option",
                           argv[optind - 1]);
    }
    if (o->answer)
        return RN_OK;
    return read_operands(argc - optind, argv + optind, o);
}

static rn_status answer(const options *o)
{
    rn_registry *registry = NULL;
    rn_status status = rn_registry_create(o->plugin_path, &registry);
    if (status)
        return status;
    status = strcmp(o->verb, "list") == 0 ? list(registry, o) : info(registry, o);
    rn_registry_destroy(registry);
    return status;
}

static rn_status run(int argc, char **argv)
{
    options o = { 0 };
    rn_status status = rn_descriptors_claim();
    if (status)
        return status;
    status = read_options(argc, argv, &o);
    if (status)
        return status;
    if (o.answer)
        fputs(o.answer, stdout);
    else
        status = answer(&o);
    if (status)
        return status;
    if (fflush(stdout) || ferror(stdout))
        return rn_fail(RN_E_IO, "cannot write the output");
    return RN_OK;
}

int main(int argc, char **argv)
{
    rn_libraries_settle();
    rn_status status = run(argc, argv);
    if (status)
        fprintf(stderr, "resnet-plugin: %s\n", rn_fail_text());
    return rn_status_exit(status);
}
