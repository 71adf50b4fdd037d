/* plugin_verb.h: the commands of resnet-plugin. Each has a file plugin_NAME.c. */
#ifndef RN_CORE_CLI_PLUGIN_VERB_H
#define RN_CORE_CLI_PLUGIN_VERB_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stddef.h>

/* What a command line says. Texts are borrowed from argv. */
typedef struct rn_plugin_options {
    char **words;    /* all of the command line, ending with NULL */
    char **operands; /* what follows the command; n_operands of them */
    int n_operands;  /* as many as the command takes */
    const char *plugin_path;
    const char *deadline;     /* NULL: the command's default */
    const char *only, *junit; /* of check; NULL: not given */
    bool json;
} rn_plugin_options;

/* An option, which is a row of this table for each command that takes it. */
typedef struct rn_plugin_option {
    const char *name;
    const char *value; /* its name in --help; NULL: a flag */
    const char *help;
    size_t offset; /* of its field of rn_plugin_options: const char *, or bool of a flag */
} rn_plugin_option;

#define RN_PLUGIN_FIELD(field) .offset = offsetof(rn_plugin_options, field)

/* What several commands take. */
extern const rn_plugin_option rn_plugin_option_path, rn_plugin_option_json,
    rn_plugin_option_deadline;

typedef struct rn_plugin_verb {
    const char *name;
    const char *operands;                   /* "KIND NAME": what follows it; "": nothing */
    const char *help;                       /* one line */
    const rn_plugin_option *const *options; /* ends with NULL */
    rn_status (*run)(const rn_plugin_options *options);
} rn_plugin_verb;

/* Every command, in the order of --help: rn_plugin_verb_NAME is in plugin_NAME.c. */
#define RN_PLUGIN_VERBS(VERB)                                                                      \
    VERB(list)                                                                                     \
    VERB(info)                                                                                     \
    VERB(why)                                                                                      \
    VERB(doctor)                                                                                   \
    VERB(new)                                                                                      \
    VERB(check)

#define RN_PLUGIN_VERB_DECLARE(name) extern const rn_plugin_verb rn_plugin_verb_##name;
RN_PLUGIN_VERBS(RN_PLUGIN_VERB_DECLARE)

/* All of them; ends with NULL. */
extern const rn_plugin_verb *const rn_plugin_verbs[];

#endif
