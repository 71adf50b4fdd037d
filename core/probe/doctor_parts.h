/* doctor_parts.h: what the files of the doctor share. Each looks into one matter, and appends what
 * it finds to an array. */
#ifndef RN_CORE_PROBE_DOCTOR_PARTS_H
#define RN_CORE_PROBE_DOCTOR_PARTS_H

#include "probe/doctor.h"

typedef enum rn_finding_state {
    RN_FINDING_OK,
    RN_FINDING_ABSENT, /* which is no problem unless it is wanted */
    RN_FINDING_PROBLEM,
} rn_finding_state;

/* Appends a finding. `remedy`: NULL if there is none. */
void rn_finding(json_t *findings, const char *name, rn_finding_state state, const char *remedy,
                const char *format, ...) RN_PRINTF(5, 6);

typedef rn_status rn_doctor_part(const rn_doctor_task *task, json_t *findings);

rn_doctor_part rn_doctor_folders;   /* of plugins and models, and caches with their sizes */
rn_doctor_part rn_doctor_variables; /* of the environment */
rn_doctor_part rn_doctor_plugins;
rn_doctor_part rn_doctor_drivers;
rn_doctor_part rn_doctor_libraries; /* with their versions */
rn_doctor_part rn_doctor_machine;   /* processors, memory and the limits of the process */

#endif
