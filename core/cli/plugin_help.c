/* plugin_help.c: --help and --list-options of resnet-plugin, printed from the tables. */
#include "cli/plugin_help.h"

#include <stdio.h>

#include "base/installed.h"
#include "cli/plugin_options.h"
#include "validate/checks.h"

void rn_plugin_help_print(void)
{
    rn_plugin_entry entry;
    char name[64], installed[PATH_MAX];
    printf("Usage: resnet-plugin [OPTION]… COMMAND [ARGUMENT]…\n"
           "Shows the plugins of resnet-run, and helps to write them.\n\nCommands:\n");
    for (int v = 0; rn_plugin_verbs[v]; v++)
        printf("  %-8s %-14s %s\n", rn_plugin_verbs[v]->name, rn_plugin_verbs[v]->operands,
               rn_plugin_verbs[v]->help);
    printf("\nOptions:\n");
    for (int i = 0; (entry = rn_plugin_options_entry(i)).row; i++) {
        const char *value = entry.row->value;
        snprintf(name, sizeof name, "%s%s%s", entry.row->name, value ? "=" : "",
                 value ? value : "");
        printf("  --%-22s %s: %s\n", name, entry.verbs, entry.row->help);
    }
    printf("  --help, --version\n\n"
           "Plugins are searched for in --plugin-path, $RESNET_PLUGIN_PATH and\n%s.\n\n",
           rn_installed_folder(RN_PLUGIN_DIR, installed));
    printf("Exit status: 0 done; 1 a test failed; 2 usage; 3 no such plugin, or it is "
           "refused;\n4 input or output; 6 out of memory.\nSee resnet-plugin(1).\n");
}

void rn_plugin_help_list(void)
{
    rn_plugin_entry entry;
    for (int v = 0; rn_plugin_verbs[v]; v++)
        printf("verb\t%s\t%s\t%s\n", rn_plugin_verbs[v]->name, rn_plugin_verbs[v]->help,
               rn_plugin_verbs[v]->operands);
    for (int i = 0; (entry = rn_plugin_options_entry(i)).row; i++)
        printf("option\t%s\t\t%s\t%s\t%s\n", entry.row->name,
               entry.row->value ? entry.row->value : "", entry.verbs, entry.row->help);
    for (const rn_check *check = rn_checks; check->name; check++)
        printf("check\t%s\t%s\n", check->name, check->what);
}
