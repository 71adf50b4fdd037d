/* plugin_options.h: the command line of resnet-plugin. */
#ifndef RN_CORE_CLI_PLUGIN_OPTIONS_H
#define RN_CORE_CLI_PLUGIN_OPTIONS_H

#include "cli/plugin_verb.h"

typedef enum rn_plugin_answer {
    RN_PLUGIN_ANSWER_NONE,
    RN_PLUGIN_ANSWER_HELP,
    RN_PLUGIN_ANSWER_VERSION,
    RN_PLUGIN_ANSWER_LIST, /* --list-options */
} rn_plugin_answer;

/* An option, and the commands that take it. */
typedef struct rn_plugin_entry {
    const rn_plugin_option *row;
    char verbs[128]; /* "list, info" */
} rn_plugin_entry;

/* Option i of all commands; after the last one, `row` is NULL. */
rn_plugin_entry rn_plugin_options_entry(int i);

/* Reads the arguments, which it reorders: either *answer or *verb is set. RN_E_USAGE names the
 * argument and what was expected. */
rn_status rn_plugin_options_read(int argc, char **argv, rn_plugin_options *options,
                                 rn_plugin_answer *answer, const rn_plugin_verb **verb);

/* The time of --deadline in seconds. RN_E_USAGE if it is none. */
rn_status rn_plugin_options_seconds(const rn_plugin_options *options, double *seconds);

#endif
