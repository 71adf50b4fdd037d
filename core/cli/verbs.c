/* verbs.c: the table of commands. */
#include <string.h>

#include "cli/verb.h"

#define ADDRESS(name) &rn_verb_##name,

const rn_verb *const rn_verbs[] = { RN_VERBS(ADDRESS) NULL };

const rn_verb *rn_verb_find(const char *name)
{
    for (const rn_verb *const *verb = rn_verbs; *verb; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}
