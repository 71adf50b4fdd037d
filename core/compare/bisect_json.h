/* bisect_json.h: operator.json of a fault's folder. */
#ifndef RN_CORE_COMPARE_BISECT_JSON_H
#define RN_CORE_COMPARE_BISECT_JSON_H

#include <jansson.h>

#include "compare/bisect_fault.h"

#define RN_FAULT_SCHEMA 1

void rn_fault_print_json(FILE *out, const rn_fault *fault);

/* Reads the file, and sets the operator, its layer and its attributes. The caller frees *object,
 * also on failure. */
rn_status rn_fault_load_json(const char *path, rn_fault *fault, json_t **object);

/* Sets the goal, limits and noise, and how often it failed, once the operands are known. */
rn_status rn_fault_read_findings(const char *path, const json_t *object, rn_fault *fault);

#endif
