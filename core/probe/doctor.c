/* doctor.c: the environment in which plugins are found and loaded, section by section. */
#include "probe/doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"
#include "probe/doctor_parts.h"

#define VALUE_BYTES 4096

static const struct {
    const char *name;
    rn_doctor_part *part;
} sections[] = {
    { "machine", rn_doctor_machine },     { "folders", rn_doctor_folders },
    { "variables", rn_doctor_variables }, { "plugins", rn_doctor_plugins },
    { "libraries", rn_doctor_libraries }, { "drivers", rn_doctor_drivers },
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

void rn_finding(json_t *findings, const char *name, rn_finding_state state, const char *remedy,
                const char *format, ...)
{
    static const char *const states[] = { "ok", "absent", "problem" };
    char value[VALUE_BYTES];
    json_t *finding = json_object();
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    rn_json_set(finding, "name", rn_json_text(name));
    rn_json_set(finding, "state", rn_json_text(states[state]));
    rn_json_set(finding, "value", rn_json_text(value));
    if (remedy)
        rn_json_set(finding, "remedy", rn_json_text(remedy));
    json_array_append_new(findings, finding);
}

rn_status rn_doctor(const rn_doctor_task *task, json_t **out)
{
    rn_status status = RN_OK;
    *out = json_array();
    for (int i = 0; i < N_SECTIONS && !status; i++) {
        json_t *section = json_object(), *findings = json_array();
        status = sections[i].part(task, findings);
        rn_json_set(section, "section", rn_json_text(sections[i].name));
        rn_json_set(section, "findings", findings);
        json_array_append_new(*out, section);
    }
    if (status) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}
