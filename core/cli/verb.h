/* verb.h: the commands of resnet-run. Each has a file verb_NAME.c. */
#ifndef RN_CORE_CLI_VERB_H
#define RN_CORE_CLI_VERB_H

#include "cli/option.h"

typedef struct rn_verb {
    const char *name;
    const char *help;         /* one line */
    const rn_option *options; /* that only this command takes; NULL: none */
    rn_status (*run)(const rn_config *config, rn_registry *registry, const rn_options *options);
} rn_verb;

extern const rn_verb rn_verb_train, rn_verb_eval, rn_verb_predict, rn_verb_summary, rn_verb_compare,
    rn_verb_bench;

/* All of them, in the order of --help; ends with NULL. */
extern const rn_verb *const rn_verbs[];

/* NULL: there is none of this name. */
const rn_verb *rn_verb_find(const char *name);

#endif
