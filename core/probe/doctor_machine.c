/* doctor_machine.c: processors, memory and the limits of the process. */
#include <sys/resource.h>

#include "base/cores.h"
#include "base/memory.h"
#include "compare/machine.h"
#include "probe/doctor_parts.h"

#define FEW_FILES 1024

static const struct {
    const char *name;
    int resource;
    rlim_t least; /* below which there is a remedy */
    const char *remedy;
} limits[] = {
    { "address space (ulimit -v)", RLIMIT_AS, RLIM_INFINITY,
      "raise it if a backend does not load" },
    { "open files (ulimit -n)", RLIMIT_NOFILE, FEW_FILES, "raise it: ulimit -n 4096" },
    { "stack (ulimit -s)", RLIMIT_STACK, 1 << 20, "raise it: ulimit -s 8192" },
    { "locked memory (ulimit -l)", RLIMIT_MEMLOCK, 0, NULL },
    { "processes (ulimit -u)", RLIMIT_NPROC, 64, "raise it: ulimit -u 1024" },
};

rn_status rn_doctor_machine(const rn_doctor_task *task, json_t *findings)
{
    rn_machine machine;
    char text[RN_MACHINE_TEXT], threads[RN_CORES_TEXT];
    (void)task;
    rn_machine_read("", &machine);
    rn_finding(findings, "machine", RN_FINDING_OK, NULL, "%s", rn_machine_print(&machine, text));
    rn_finding(findings, "threads", RN_FINDING_OK, NULL, "%s",
               rn_cores_print(rn_cores_of_process(), threads));
    rn_finding(findings, "memory that can be had", RN_FINDING_OK, NULL, "%.1f GiB",
               (double)rn_memory_free("") / (1 << 30));
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)limits[i].resource, &limit))
            continue;
        if (limit.rlim_cur == RLIM_INFINITY)
            rn_finding(findings, limits[i].name, RN_FINDING_OK, NULL, "unlimited");
        else
            rn_finding(findings, limits[i].name,
                       limit.rlim_cur < limits[i].least ? RN_FINDING_PROBLEM : RN_FINDING_OK,
                       limit.rlim_cur < limits[i].least ? limits[i].remedy : NULL, "%llu",
                       (unsigned long long)limit.rlim_cur);
    }
    return RN_OK;
}
