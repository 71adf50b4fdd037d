/* doctor_libraries.c: the libraries of others, with their versions. Each is loaded in a child
 * process: loading one may crash or hang, as any code may. */
#include "base/status.h"
#include "base/text.h"
#include "plugin/vendor.h"
#include "probe/child.h"
#include "probe/doctor_parts.h"
#include "probe/libraries.h"

#define HOW_BYTES 1024

static rn_status ask(void *argument, FILE *report)
{
    const rn_library *row = argument;
    rn_library_found found;
    rn_status status = rn_library_ask(row, NULL, &found);
    if (!status)
        rn_print(report, "%s, %s", *found.version ? found.version : "found", found.path);
    return status;
}

static rn_status look_at(const rn_library *row, double seconds, json_t *findings)
{
    rn_library copy = *row;
    const rn_child_task task = { .work = ask, .argument = &copy, .seconds = seconds };
    char how[HOW_BYTES];
    rn_child_result result;
    rn_status status = rn_child_run(&task, &result);
    if (status)
        return status;
    rn_child_describe(&task, &result, how, sizeof how);
    if (result.end != RN_CHILD_RETURNED)
        rn_finding(findings, row->name, RN_FINDING_PROBLEM, "install it again",
                   "loading it, it %s (for %s)", how, row->user);
    else if (result.status)
        rn_finding(findings, row->name, RN_FINDING_ABSENT, rn_vendor_remedy(row->sonames),
                   "%s (for %s)", how, row->user);
    else
        rn_finding(findings, row->name, RN_FINDING_OK, NULL, "%s (for %s)", result.report.text,
                   row->user);
    rn_child_result_clear(&result);
    return RN_OK;
}

rn_status rn_doctor_libraries(const rn_doctor_task *task, json_t *findings)
{
    rn_status status = RN_OK;
    for (size_t i = 0; rn_libraries[i].name && !status; i++)
        status = look_at(&rn_libraries[i], task->seconds, findings);
    return status;
}
