/* options.h: the command line of resnet-run. */
#ifndef RN_CORE_CLI_OPTIONS_H
#define RN_CORE_CLI_OPTIONS_H

#include <stdio.h>

#include "commands/bench.h"
#include "commands/compare.h"
#include "train/run.h"

#define RN_MAX_SETTINGS 256

typedef struct rn_options {
    const char *verb; /* NULL: the cfg's run.action decides */
    const char *cfg;
    const char *plugin_path; /* NULL: none */
    const char *plugin_file; /* --backend=/PATH/NAME.so; NULL: none */
    uint32_t given;          /* which rows of the table */
    bool help, version, verbose;
    rn_run_options run;
    rn_compare_options compare;
    rn_bench_options bench;
    int64_t batch; /* 0: the command's default */
    bool train_step;
    bool algorithms;
    char *settings[RN_MAX_SETTINGS]; /* "key=value", in the order given; owned */
    int n_settings;
} rn_options;

/* Reads the arguments. RN_E_USAGE names the argument and what is near. */
rn_status rn_options_read(int argc, char **argv, rn_options *options);

/* RN_E_USAGE where an option was given that another command takes. */
rn_status rn_options_check(const rn_options *options, const char *verb);
void rn_options_clear(rn_options *options);

/* Gives a key of the cfg a value: a text is taken as it is, whatever stands in it; anything else is
 * read as in a cfg. KEY is "" where VALUE is a whole assignment. */
rn_status rn_options_set(rn_options *options, const char *key, const char *value);

/* Prints --help, from the same table that reads. */
void rn_options_help(FILE *stream);

#endif
