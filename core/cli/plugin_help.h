/* plugin_help.h: --help and --list-options of resnet-plugin, printed from the tables. */
#ifndef RN_CORE_CLI_PLUGIN_HELP_H
#define RN_CORE_CLI_PLUGIN_HELP_H

void rn_plugin_help_print(void);

/* A row for each command and option, from which the manual and the completion are made; columns as
 * those of resnet-run --list-options. */
void rn_plugin_help_list(void);

#endif
