/* chosen.c: which of two keys was written later. */
#include "config/chosen.h"

#include <string.h>

const rn_tree *rn_chosen_given(const rn_config *config, const char *key)
{
    return rn_tree_get(rn_tree_get(config->tree, "train"), key);
}

/* Later ones take precedence: what the cfg extends or includes, the cfg itself, --set. */
static int precedence(const rn_config *config, const rn_tree *node)
{
    if (strcmp(node->file, "--set") == 0)
        return 2;
    return strcmp(node->file, config->path) == 0;
}

bool rn_chosen_over(const rn_config *config, const char *choice, const rn_tree *key)
{
    const rn_tree *chosen = rn_chosen_given(config, choice);
    return chosen && strcmp(chosen->file, key->file) != 0 &&
           precedence(config, chosen) >= precedence(config, key);
}
