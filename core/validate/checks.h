/* checks.h: the tests of a plugin: the only list of them. */
#ifndef RN_CORE_VALIDATE_CHECKS_H
#define RN_CORE_VALIDATE_CHECKS_H

#include "validate/check.h"

/* In the order in which they run; ends with a name that is NULL. The first of kind RN_CHECK_LOADING
 * says what the plugin has. */
extern const rn_check rn_checks[];

/* By name; NULL: there is none. */
const rn_check *rn_check_find(const char *name);

#endif
