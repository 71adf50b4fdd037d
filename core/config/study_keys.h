/* study_keys.h: the keys of a study, checked against each other. */
#ifndef RN_CORE_CONFIG_STUDY_KEYS_H
#define RN_CORE_CONFIG_STUDY_KEYS_H

#include "config/config.h"

/* RN_E_CONFIG if a cfg with a study lacks seeds, has one twice, or has no variants or wrong ones.
 * What a variant changes is checked when the cfg is loaded as that variant. */
rn_status rn_study_check(const rn_config *config);

#endif
