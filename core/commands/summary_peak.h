/* summary_peak.h: which tensors are in the arena at the peak of a step. */
#ifndef RN_CORE_COMMANDS_SUMMARY_PEAK_H
#define RN_CORE_COMMANDS_SUMMARY_PEAK_H

#include <jansson.h>

#include "plan/plan.h"

/* Prints the largest of them, and the sum of the others. */
rn_status rn_summary_peak_print(const char *title, const rn_plan *plan);

/* Sets *out to all of them; the caller releases it by json_decref. */
rn_status rn_summary_peak_json(const rn_plan *plan, json_t **out);

#endif
