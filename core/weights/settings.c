/* settings.c: values in the JSON files beside weights. */
#include "weights/settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

const json_t *rn_settings_get(const rn_settings *settings, const char *key)
{
    const json_t *value = json_object_get(settings->object, key);
    return json_is_null(value) ? NULL : value;
}

rn_status rn_settings_fail(const rn_settings *settings, const char *key, const char *expected, ...)
{
    char text[256];
    va_list args;
    const json_t *value = rn_settings_get(settings, key);
    char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    va_start(args, expected);
    vsnprintf(text, sizeof text, expected, args);
    va_end(args);
    rn_status status = rn_fail(RN_E_DATA, "%s/%s: %s: found %.80s; expected %s", settings->path,
                               settings->file, key, found ? found : "nothing", text);
    free(found);
    return status;
}

rn_status rn_settings_bool(const rn_settings *settings, const char *key, bool *to)
{
    const json_t *value = rn_settings_get(settings, key);
    if (value && !json_is_boolean(value))
        return rn_settings_fail(settings, key, "true or false");
    *to = value ? json_is_true(value) : *to;
    return RN_OK;
}

rn_status rn_settings_count(const rn_settings *settings, const char *key, int64_t most, int64_t *to)
{
    const json_t *value = rn_settings_get(settings, key);
    int64_t count = json_integer_value(value);
    if (!value)
        return RN_OK;
    if (!json_is_integer(value) || count < 1 || count > most)
        return rn_settings_fail(settings, key, "a whole number from 1 to %" PRId64, most);
    *to = count;
    return RN_OK;
}

rn_status rn_settings_number(const rn_settings *settings, const char *key, double *to)
{
    const json_t *value = rn_settings_get(settings, key);
    if (value && !json_is_number(value))
        return rn_settings_fail(settings, key, "a number");
    *to = value ? json_number_value(value) : *to;
    return RN_OK;
}

rn_status rn_settings_text(const rn_settings *settings, const char *key, const char **to)
{
    const json_t *value = rn_settings_get(settings, key);
    if (value && !json_is_string(value))
        return rn_settings_fail(settings, key, "text");
    *to = value ? json_string_value(value) : *to;
    return RN_OK;
}

rn_status rn_settings_numbers(const rn_settings *settings, const char *key, int64_t n, double *to)
{
    const json_t *value = rn_settings_get(settings, key);
    if (!value)
        return RN_OK;
    bool fits = json_is_array(value) && json_array_size(value) == (size_t)n;
    for (int64_t i = 0; i < n && fits; i++) {
        const json_t *number = json_array_get(value, (size_t)i);
        fits = json_is_number(number);
        to[i] = json_number_value(number);
    }
    return fits ? RN_OK : rn_settings_fail(settings, key, "%" PRId64 " numbers", n);
}

rn_status rn_settings_expect_count(const rn_settings *settings, const char *key, int64_t expected)
{
    const json_t *value = rn_settings_get(settings, key);
    if (!value || (json_is_integer(value) && json_integer_value(value) == expected))
        return RN_OK;
    return rn_settings_fail(settings, key, "%" PRId64 ", as the tensors have", expected);
}

rn_status rn_settings_expect_counts(const rn_settings *settings, const char *key, int64_t n,
                                    const int64_t *expected)
{
    const json_t *value = rn_settings_get(settings, key);
    char text[128] = "";
    size_t used = 0;
    if (!value)
        return RN_OK;
    bool fits = json_is_array(value) && json_array_size(value) == (size_t)n;
    for (int64_t i = 0; i < n; i++) {
        const json_t *count = json_array_get(value, (size_t)i);
        fits = fits && json_is_integer(count) && json_integer_value(count) == expected[i];
        if (used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%" PRId64, i ? "," : "",
                                     expected[i]);
    }
    return fits ? RN_OK : rn_settings_fail(settings, key, "[%s], as the tensors have", text);
}

rn_status rn_settings_expect_only(const rn_settings *settings, const char *key, const char *only)
{
    const json_t *value = rn_settings_get(settings, key);
    char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    bool fits = !value || (found && strcmp(found, only) == 0);
    free(found);
    return fits ? RN_OK
                : rn_settings_fail(settings, key, "%s; export the network as ONNX and give that",
                                   only);
}
