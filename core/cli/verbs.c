/* verbs.c: the table of commands. */
#include <string.h>

#include "cli/verb.h"

const rn_verb *const rn_verbs[] = {
    &rn_verb_train, &rn_verb_eval, &rn_verb_predict, &rn_verb_summary, &rn_verb_compare,
    &rn_verb_bench, NULL
};

const rn_verb *rn_verb_find(const char *name)
{
    for (const rn_verb *const *verb = rn_verbs; *verb; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}
