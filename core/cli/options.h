/* options.h: the command line of resnet-run. */
#ifndef RN_CORE_CLI_OPTIONS_H
#define RN_CORE_CLI_OPTIONS_H

#include "cli/verb.h"

/* An option, and the commands that take it. */
typedef struct rn_option_entry {
    const rn_option *row;
    const char *verbs; /* "compare, bench"; NULL: all */
} rn_option_entry;

/* Option i of all tables, in the order of --help; after the last one, `row` is NULL. */
rn_option_entry rn_options_entry(int i);

/* Reads the arguments. RN_E_USAGE names the argument and what it may have been meant to be. */
rn_status rn_options_read(int argc, char **argv, rn_options *options);

/* True if the options ask for --help or the like, and for nothing else. */
bool rn_options_want_answer(const rn_options *options);

/* RN_E_USAGE if an option was given that this command does not take. */
rn_status rn_options_check(const rn_options *options, const char *verb);

void rn_options_clear(rn_options *options);

#endif
