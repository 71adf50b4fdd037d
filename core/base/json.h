/* json.h: untrusted text as JSON. Text that is not valid UTF-8 is escaped as in text.h. */
#ifndef RN_CORE_BASE_JSON_H
#define RN_CORE_BASE_JSON_H

#include <jansson.h>

/* A JSON string, or null if `text` is NULL. The caller owns it; NULL if there is no memory. */
json_t *rn_json_text(const char *text);

/* A JSON number, or null if `value` is NaN or infinite, which JSON cannot say. */
json_t *rn_json_number(double value);

/* Sets object[key] and takes ownership of `value`, also on failure. */
void rn_json_set(json_t *object, const char *key, json_t *value);

/* What a text may hold. A value takes up to 220 bytes, whatever it takes in the text: all of them
 * 110 MB. A tensor of a safetensors file is ten. */
#define RN_JSON_MAX_VALUES 500000

/* json_loadb, with that limit. NULL: `error` says why. */
json_t *rn_json_read(const char *text, size_t length, size_t flags, json_error_t *error);

/* The same for a report of this program, which may be as large as its network: the limit is a value
 * for each 8 bytes of it, if that is more. */
json_t *rn_json_read_report(const char *text, size_t length, json_error_t *error);

#endif
