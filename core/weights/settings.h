/* settings.h: values in the JSON files beside weights, each checked, with errors that name file and
 * key. */
#ifndef RN_CORE_WEIGHTS_SETTINGS_H
#define RN_CORE_WEIGHTS_SETTINGS_H

#include <jansson.h>
#include <resnet/status.h>
#include <stdbool.h>
#include <stdint.h>

/* An object of a file. A key that is missing, or null, leaves what a function would set. */
typedef struct rn_settings {
    const char *path; /* of the weights */
    const char *file; /* "config.json", "config.json: model_args" */
    const json_t *object;
} rn_settings;

/* The value of a key; NULL: missing or null. */
const json_t *rn_settings_get(const rn_settings *settings, const char *key);

/* RN_E_DATA: FILE: KEY: found …; expected …. */
rn_status rn_settings_fail(const rn_settings *settings, const char *key, const char *expected, ...)
    RN_PRINTF(3, 4);

/* Each sets `*to`, or RN_E_DATA. */
rn_status rn_settings_bool(const rn_settings *settings, const char *key, bool *to);
rn_status rn_settings_count(const rn_settings *settings, const char *key, int64_t most,
                            int64_t *to); /* from 1 */
rn_status rn_settings_number(const rn_settings *settings, const char *key, double *to);
rn_status rn_settings_text(const rn_settings *settings, const char *key, const char **to);

/* Sets n numbers from an array of as many. */
rn_status rn_settings_numbers(const rn_settings *settings, const char *key, int64_t n, double *to);

/* RN_E_DATA where the value is not what the tensors have. */
rn_status rn_settings_expect_count(const rn_settings *settings, const char *key, int64_t expected);
rn_status rn_settings_expect_counts(const rn_settings *settings, const char *key, int64_t n,
                                    const int64_t *expected);

/* RN_E_DATA where the value is another than the JSON `only`. */
rn_status rn_settings_expect_only(const rn_settings *settings, const char *key, const char *only);

#endif
