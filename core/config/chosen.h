/* chosen.h: a choice, such as the optimizer, made over one that other keys belong to. */
#ifndef RN_CORE_CONFIG_CHOSEN_H
#define RN_CORE_CONFIG_CHOSEN_H

#include "config/config.h"

/* The node of a key of the group `train`; NULL: it was not given. */
const rn_tree *rn_chosen_given(const rn_config *config, const char *key);

/* Was train's `choice` made over the key, which it does not read: in a cfg that extends the key's,
 * or by --set? The key then belongs to what was chosen before, and is no mistake. */
bool rn_chosen_over(const rn_config *config, const char *choice, const rn_tree *key);

#endif
