/* option.h: a row of a table of options, and the values that options set. */
#ifndef RN_CORE_CLI_OPTION_H
#define RN_CORE_CLI_OPTION_H

#include <stddef.h>

#include "commands/bench.h"
#include "commands/convert.h"
#include "commands/data.h"
#include "commands/eval.h"
#include "commands/lr_find.h"
#include "commands/predict.h"
#include "commands/schedule.h"
#include "commands/study.h"
#include "commands/summary.h"
#include "compare/bisect.h"
#include "compare/compare.h"
#include "config/words.h"

#define RN_MAX_OPTIONS 128
#define RN_MAX_SETTINGS 256
#define RN_BATCH_AUTO (-1)

/* What a command line says. Texts are borrowed from argv. */
typedef struct rn_options {
    char **words;          /* all of the command line, ending with NULL */
    const char *verb;      /* NULL: the cfg's run.action decides */
    const char *cfg;       /* or weights, which tell the network */
    const char **operands; /* what follows it; n_operands of them; owned */
    int n_operands;
    const char *variant;        /* of the cfg's study; NULL: the cfg itself */
    const char *output;         /* of --output; NULL: not given */
    const char *plugin_path;    /* NULL: none */
    const char *transport;      /* NULL: what the launcher asks for */
    const char *plugin_file;    /* of --backend=/PATH/NAME.so; NULL: none */
    bool given[RN_MAX_OPTIONS]; /* by option of rn_options_entry */
    bool help, version, list_options;
    int32_t verbose; /* 1: what is loaded and chosen; 2: each stage, too */
    rn_run_options run;
    rn_predict_options predict;
    rn_compare_options compare;
    rn_bisect_options bisect;
    const char *compare_limits; /* "PATTERN=X,…"; NULL: none */
    int32_t compare_modes;      /* bit i: rn_compare_mode i */
    int32_t trace_detail;       /* rn_trace_detail */
    bool compare_untimed;
    rn_bench_options bench;
    rn_convert_options convert;
    rn_summary_options summary;
    rn_data_options data;
    rn_schedule_options schedule;
    rn_eval_options eval;
    rn_lr_find_options lr_find;
    int64_t overfit_steps;           /* of --overfit-batch; 0: not given */
    int64_t batch;                   /* 0: the command's default; RN_BATCH_AUTO */
    int64_t steps;                   /* 0: the command's default */
    const char *input;               /* of predict and compare; NULL: not given */
    int64_t repeats;                 /* 0: the command's default */
    int32_t phase;                   /* rn_compare_phase */
    char *settings[RN_MAX_SETTINGS]; /* "key=value", in the order given; owned */
    int n_settings;
} rn_options;

typedef struct rn_option rn_option;

/* Stores the value of an option. `value` is NULL for a flag, or if an optional value is left out.
 * RN_E_USAGE names the option, what was found and what was expected. */
typedef rn_status rn_option_take(rn_options *options, const rn_option *option, const char *value);

/* A table of options ends with name NULL. */
struct rn_option {
    char letter; /* 0: none */
    const char *name;
    const char *value; /* its name in --help; NULL: a flag; "[=auto]": may be left out */
    const char *help;  /* NULL: the help of `key`, or hidden if there is no key */

    /* Either the key of the cfg that the option sets, whose row says what is accepted, or: */
    const char *key;
    rn_option_take *take;
    size_t offset;            /* of the field of rn_options that `take` sets */
    int64_t least;            /* rn_option_count: the smallest value */
    int64_t most;             /* rn_option_count: the largest value; 0: 65536 */
    const rn_word *words;     /* rn_option_word: what is accepted */
    const char *default_text; /* taken before the command line is read; NULL: the field is 0 */

    /* For the options of several commands; what one command takes is in its verb's table. */
    const char *verbs;   /* "compare, bench"; NULL: all */
    const char *instead; /* what to use with the other commands; NULL: nothing */
};

#define RN_OPTION_FIELD(field) .offset = offsetof(rn_options, field)

rn_option_take rn_option_flag;  /* bool */
rn_option_take rn_option_text;  /* const char * */
rn_option_take rn_option_count; /* int64_t */
rn_option_take rn_option_rate;  /* double, above 0 and up to 1e6, as a learning rate */
rn_option_take rn_option_word;  /* int32_t, the value of a word; of the first one if left out */

/* Assigns a value to a key of the cfg. A key whose value is text takes `value` literally; any other
 * value is read as in a cfg. If `key` is "", `value` is a whole assignment. */
rn_status rn_options_set(rn_options *options, const char *key, const char *value);

/* True if the option of this name was given (options.c, which knows them all). */
bool rn_options_has(const rn_options *options, const char *name);

#endif
