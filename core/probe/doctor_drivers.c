/* doctor_drivers.c: what the system has for accelerators: drivers of the kernel, their devices, and
 * the OpenCL drivers that are registered. */
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/doctor_parts.h"

#define LINE_BYTES 256
#define DEFAULT_VENDORS "/etc/OpenCL/vendors"

static bool read_line(const char *path, char line[LINE_BYTES])
{
    FILE *file = fopen(path, "re");
    bool is_read = file && fgets(line, LINE_BYTES, file);
    if (file)
        fclose(file);
    if (is_read)
        line[strcspn(line, "\r\n")] = 0;
    return is_read;
}

static const struct {
    const char *name, *pattern, *remedy;
} devices[] = {
    { "NVIDIA GPUs", "/dev/nvidia[0-9]*", NULL },
    { "AMD compute (ROCm)", "/dev/kfd", NULL },
    { "render nodes", "/dev/dri/renderD*",
      "let this user read and write it: add it to the group render" },
};

static void look_for_devices(json_t *findings)
{
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        glob_t found = { 0 };
        if (glob(devices[i].pattern, 0, NULL, &found))
            rn_finding(findings, devices[i].name, RN_FINDING_ABSENT, NULL, "no %s",
                       devices[i].pattern);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            bool is_open = access(found.gl_pathv[k], R_OK | W_OK) == 0;
            rn_finding(findings, devices[i].name, is_open ? RN_FINDING_OK : RN_FINDING_PROBLEM,
                       is_open ? NULL : devices[i].remedy, "%s%s", found.gl_pathv[k],
                       is_open ? "" : ": this user may not use it");
        }
        globfree(&found);
    }
}

static void look_for_nvidia(json_t *findings)
{
    char line[LINE_BYTES];
    if (read_line("/proc/driver/nvidia/version", line))
        rn_finding(findings, "NVIDIA kernel driver", RN_FINDING_OK, NULL, "%s", line);
    else
        rn_finding(findings, "NVIDIA kernel driver", RN_FINDING_ABSENT,
                   "install the NVIDIA driver if there is such a GPU", "not loaded");
}

/* A file NAME.icd has the library of a driver in its first line. */
static void look_for_icds(json_t *findings)
{
    const char *folder = getenv("OCL_ICD_VENDORS");
    char pattern[LINE_BYTES], line[LINE_BYTES];
    folder = folder && *folder ? folder : DEFAULT_VENDORS;
    glob_t found = { 0 };
    snprintf(pattern, sizeof pattern, "%s/*.icd", folder);
    if (glob(pattern, 0, NULL, &found))
        rn_finding(
            findings, "OpenCL drivers", RN_FINDING_ABSENT,
            "install the driver of the GPU, or PoCL for processors (Debian: pocl-opencl-icd)",
            "none in %s", folder);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        bool is_read = read_line(found.gl_pathv[i], line);
        bool is_lost = is_read && line[0] == '/' && access(line, R_OK);
        rn_finding(findings, "OpenCL driver",
                   is_read && !is_lost ? RN_FINDING_OK : RN_FINDING_PROBLEM,
                   is_read && !is_lost ? NULL : "install that driver again, or remove the file",
                   "%s: %s%s", found.gl_pathv[i], is_read ? line : "cannot be read",
                   is_lost ? ", which does not exist" : "");
    }
    globfree(&found);
}

rn_status rn_doctor_drivers(const rn_doctor_task *task, json_t *findings)
{
    (void)task;
    look_for_nvidia(findings);
    look_for_devices(findings);
    look_for_icds(findings);
    return RN_OK;
}
