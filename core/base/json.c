/* json.c: untrusted text as JSON. */
#include "base/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The text, escaped. Freed by the caller; NULL if there is no memory. */
static char *escape(const char *text)
{
    size_t size = 4 * strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        rn_text_show(copy, size, text);
    return copy;
}

json_t *rn_json_text(const char *text)
{
    json_t *json = text ? json_string(text) : json_null();
    if (json)
        return json;
    char *copy = escape(text);
    json = copy ? json_string(copy) : NULL;
    free(copy);
    return json;
}

json_t *rn_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void rn_json_set(json_t *object, const char *key, json_t *value)
{
    char *copy = escape(key);
    if (copy)
        json_object_set_new(object, copy, value);
    else
        json_decref(value);
    free(copy);
}

#define REPORT_BYTES 8 /* of a value at least, on average, with its key */

/* Each value but the outermost follows one of these characters, or a key that does. Those within
 * strings count too: the limit is far away. */
static bool has_too_many(const char *text, size_t length, size_t most)
{
    size_t values = 1;
    for (size_t i = 0; i < length; i++)
        values += text[i] == '[' || text[i] == '{' || text[i] == ',';
    return values > most;
}

static json_t *read_most(const char *text, size_t length, size_t flags, size_t most,
                         json_error_t *error)
{
    if (!has_too_many(text, length, most))
        return json_loadb(text, length, flags, error);
    *error = (json_error_t){ .line = 1 };
    snprintf(error->text, sizeof error->text, "more than %zu values", most);
    return NULL;
}

json_t *rn_json_read(const char *text, size_t length, size_t flags, json_error_t *error)
{
    return read_most(text, length, flags, RN_JSON_MAX_VALUES, error);
}

json_t *rn_json_read_report(const char *text, size_t length, json_error_t *error)
{
    size_t most = length / REPORT_BYTES;
    return read_most(text, length, 0, most > RN_JSON_MAX_VALUES ? most : RN_JSON_MAX_VALUES, error);
}
