/* reports.h: what checking a plugin has found, as text, JSON, or JUnit's XML. */
#ifndef RN_CORE_VALIDATE_REPORTS_H
#define RN_CORE_VALIDATE_REPORTS_H

#include "validate/validate.h"

#define RN_VALIDATION_SCHEMA 1 /* of the JSON */

/* A line for each test, as soon as it is known; a mistake a line, and the command that shows it
 * again. */
void rn_validation_text_one(FILE *out, const rn_validation *v, const rn_checked *result);
void rn_validation_text_sum(FILE *out, const rn_validation *v);

rn_status rn_validation_json(FILE *out, const rn_validation *v);
void rn_validation_junit(FILE *out, const rn_validation *v);

#endif
