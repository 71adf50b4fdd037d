/* verb.h: the commands of resnet-run. Each has a file verb_NAME.c. */
#ifndef RN_CORE_CLI_VERB_H
#define RN_CORE_CLI_VERB_H

#include "cli/option.h"

typedef struct rn_verb {
    const char *name;
    const char *operands;     /* what follows the cfg, as in --help; NULL: nothing */
    int max_operands;         /* 0: none; -1: any number */
    const char *help;         /* one line */
    const rn_option *options; /* that only this command takes; NULL: none */
    bool follows_growth;      /* it takes the network of the weights, which may have grown */
    bool reads_reports;       /* not a cfg: run gets neither a config nor a registry */
    bool is_shared;           /* several processes can do its work together (world/world.h) */
    rn_status (*run)(const rn_config *config, rn_registry *registry, const rn_options *options);
} rn_verb;

/* Every command, in the order of --help: rn_verb_NAME is in verb_NAME.c. */
#define RN_VERBS(VERB)                                                                             \
    VERB(train)                                                                                    \
    VERB(lr_find)                                                                                  \
    VERB(eval)                                                                                     \
    VERB(predict)                                                                                  \
    VERB(convert)                                                                                  \
    VERB(grow)                                                                                     \
    VERB(data)                                                                                     \
    VERB(study)                                                                                    \
    VERB(schedule)                                                                                 \
    VERB(summary)                                                                                  \
    VERB(compare)                                                                                  \
    VERB(bisect)                                                                                   \
    VERB(bench)                                                                                    \
    VERB(report)

#define RN_VERB_DECLARE(name) extern const rn_verb rn_verb_##name;
RN_VERBS(RN_VERB_DECLARE)

/* All of them; ends with NULL. */
extern const rn_verb *const rn_verbs[];

/* NULL: there is none of this name. */
const rn_verb *rn_verb_find(const char *name);

#endif
