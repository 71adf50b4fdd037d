/* validate.h: checks a plugin by tests, each in a process of its own with a deadline. */
#ifndef RN_CORE_VALIDATE_VALIDATE_H
#define RN_CORE_VALIDATE_VALIDATE_H

#include <stdbool.h>
#include <stdio.h>

#include "validate/check.h"

typedef struct rn_validate_options {
    const char *path;        /* of the plugin's file, absolute */
    const char *plugin_path; /* --plugin-path; NULL: none was given */
    const char *only;        /* a shell pattern of names of tests; NULL: all */
} rn_validate_options;

/* Of a test, from the best to the worst. */
typedef enum rn_outcome { RN_PASSED = 1, RN_SKIPPED, RN_FAILED } rn_outcome;

typedef struct rn_checked {
    const rn_check *check;
    rn_outcome outcome;
    char *text;     /* what is wrong, or why it was skipped: a line each; "" */
    double seconds; /* that it took */
} rn_checked;

typedef struct rn_validation {
    const rn_validate_options *options;
    rn_checked *results;
    int n_results, n_failed;
    uint32_t counts[RN_N_CHECK_KINDS]; /* of what the plugin has: blocks, operators, backends */
    bool is_loadable;
} rn_validation;

/* Told of each result as soon as it is there. */
typedef void rn_validate_each(const rn_validation *validation, const rn_checked *result);

/* Runs the tests that apply to the plugin. What
 * they find is no failure of this function. The caller clears `out`, also on failure. */
rn_status rn_validate_run(const rn_validate_options *options, rn_validate_each *each,
                          rn_validation *out);
void rn_validation_clear(rn_validation *validation);

/* The command that runs one of the tests again. */
void rn_validate_command(const rn_validation *validation, const rn_check *check, FILE *out);

#endif
