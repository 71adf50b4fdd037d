/* reports.h: a comparison as a table, JSON, CSV, JUnit's XML, or a page. */
#ifndef RN_CORE_COMPARE_REPORTS_H
#define RN_CORE_COMPARE_REPORTS_H

#include <stdio.h>

#include "compare/comparison.h"

#define RN_COMPARE_SCHEMA 1 /* of the JSON; share/doc/comparing.md lists its fields */
#define RN_COMPARE_KIND "compare"

/* Conclusions, the worst tensors, or every tensor, and the speed. */
void rn_compare_text(FILE *out, const rn_comparison *comparison);
void rn_compare_text_all(FILE *out, const rn_comparison *comparison);
rn_status rn_compare_json(FILE *out, const rn_comparison *comparison);
void rn_compare_csv(FILE *out, const rn_comparison *comparison);
void rn_compare_junit(FILE *out, const rn_comparison *comparison);
void rn_compare_html(FILE *out, const rn_comparison *comparison);

/* A comparison that was read from JSON. */
typedef struct rn_read_comparison {
    json_t *root; /* the comparison's cfg and phase are its texts */
    rn_comparison comparison;
} rn_read_comparison;

/* Takes ownership of `root`, also on failure: RN_E_DATA names `path`, the field, and what was
 * expected. The caller clears it in both cases. */
rn_status rn_compare_read(const char *path, json_t *root, rn_read_comparison *read);
void rn_read_comparison_clear(rn_read_comparison *read);

/* What to make of a comparison. */
typedef struct rn_report_options {
    const char *files; /* "A.html,B.xml": the suffix is the form; NULL: none */
    bool json;         /* on standard output, in place of the table */
    bool all;          /* every tensor in the table */
} rn_report_options;

/* RN_E_USAGE: a suffix is none of .html, .json, .csv and .xml. RN_E_IO: a file cannot be
 * written. */
rn_status rn_reports_check(const char *files);

/* Writes the files, then the table or JSON to standard output. */
rn_status rn_reports_write(const rn_comparison *comparison, const rn_report_options *options);

#endif
