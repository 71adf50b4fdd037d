/* doctor.h: the environment in which plugins are found and loaded: what is there, and a remedy
 * where something is missing. */
#ifndef RN_CORE_PROBE_DOCTOR_H
#define RN_CORE_PROBE_DOCTOR_H

#include <jansson.h>
#include <resnet/status.h>

typedef struct rn_doctor_task {
    const char *plugin_path; /* of --plugin-path; NULL: none */
    double seconds;          /* that a plugin, a library or a driver may take */
} rn_doctor_task;

/* An array of sections, objects with "section" and "findings". A finding has "name", "state" ("ok",
 * "absent" or "problem"), "value", and "remedy" where there is one. */
rn_status rn_doctor(const rn_doctor_task *task, json_t **out);

#endif
