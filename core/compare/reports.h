/* reports.h: a comparison as a table, JSON, CSV, JUnit's XML, or a page. */
#ifndef RN_CORE_COMPARE_REPORTS_H
#define RN_CORE_COMPARE_REPORTS_H

#include <stdio.h>

#include "compare/comparison.h"

#define RN_COMPARE_SCHEMA 1 /* of the JSON; share/doc/comparing.md lists its fields */

void rn_compare_text(FILE *out, const rn_comparison *comparison);
rn_status rn_compare_json(FILE *out, const rn_comparison *comparison);
void rn_compare_csv(FILE *out, const rn_comparison *comparison);
void rn_compare_junit(FILE *out, const rn_comparison *comparison);
void rn_compare_html(FILE *out, const rn_comparison *comparison);

#endif
