/* vendors.c: the drivers that are registered with OpenCL's loader, for messages. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl/opencl.h"
#include "opencl/runtime/probe.h"

#define FOLDER "/etc/OpenCL/vendors"

static void append(char *text, size_t bytes, const char *more)
{
    size_t used = strlen(text);
    snprintf(text + used, bytes - used, "%s", more);
}

/* The library that an .icd file names. */
static void append_library(char *text, size_t bytes, const char *folder, const char *name)
{
    char path[1024], line[256] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        append(text, bytes, " (");
        append(text, bytes, line);
        append(text, bytes, ")");
    }
    fclose(file);
}

static bool is_icd(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".icd") == 0;
}

void opencl_vendors(char *text, size_t bytes)
{
    const char *folder = getenv("OCL_ICD_VENDORS");
    int32_t n = 0;
    if (!folder || !folder[0])
        folder = FOLDER;
    snprintf(text, bytes, "%s", folder);
    DIR *open = opendir(folder);
    if (!open) {
        if (!is_icd(folder))
            append(text, bytes, " is no folder");
        return;
    }
    for (struct dirent *entry; (entry = readdir(open));) {
        if (!is_icd(entry->d_name))
            continue;
        append(text, bytes, n++ ? ", " : " has ");
        append(text, bytes, entry->d_name);
        append_library(text, bytes, folder, entry->d_name);
    }
    closedir(open);
    if (!n)
        append(text, bytes, " has no .icd file");
}
