/* json.c: untrusted text as JSON. */
#include "base/json.h"

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

void rn_json_set(json_t *object, const char *key, json_t *value)
{
    char *copy = escape(key);
    if (copy)
        json_object_set_new(object, copy, value);
    else
        json_decref(value);
    free(copy);
}
