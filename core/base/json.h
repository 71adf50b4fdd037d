/* json.h: text of others as JSON, which is UTF-8: bytes that are none become \xNN. */
#ifndef RN_CORE_BASE_JSON_H
#define RN_CORE_BASE_JSON_H

#include <jansson.h>

/* A string; null for NULL. */
json_t *rn_json_text(const char *text);

/* Gives the object a value; takes it, also on failure. */
void rn_json_set(json_t *object, const char *key, json_t *value);

#endif
