/* doctor_folders.c: the folders of plugins and models, and caches with their sizes. */
#define _GNU_SOURCE /* nftw */
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/installed.h"
#include "plugin/path.h"
#include "plugin/trust.h"
#include "probe/doctor_parts.h"

#define WHY_BYTES 1024
#define MAX_OPEN 16

static rn_status plugin_folders(const char *plugin_path, json_t *findings)
{
    char **folders = NULL, why[WHY_BYTES];
    rn_status status = rn_plugin_path_create(plugin_path, &folders);
    for (int i = 0; !status && folders[i]; i++)
        if (access(folders[i], F_OK))
            rn_finding(findings, "plugins", RN_FINDING_ABSENT, NULL, "%s: does not exist",
                       folders[i]);
        else if (!rn_trust_check(folders[i], why, sizeof why))
            rn_finding(findings, "plugins", RN_FINDING_PROBLEM,
                       "plugins in it are refused until this is changed", "%s: %s", folders[i],
                       why);
        else
            rn_finding(findings, "plugins", RN_FINDING_OK, NULL, "%s", folders[i]);
    rn_plugin_path_destroy(folders);
    return status;
}

static void models_folder(json_t *findings)
{
    char installed[PATH_MAX];
    const char *folder = rn_models_folder(installed);
    if (access(folder, R_OK | X_OK) == 0)
        rn_finding(findings, "models", RN_FINDING_OK, NULL, "%s", folder);
    else
        rn_finding(findings, "models", RN_FINDING_PROBLEM,
                   "install resnet-run, or set RESNET_MODELS_PATH to its share/models",
                   "%s: cannot be read, so that network.arch finds nothing", folder);
}

static double counted_bytes;
static long counted_files;

static int count_file(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)path;
    (void)at;
    if (type == FTW_F) {
        counted_bytes += (double)info->st_size;
        counted_files++;
    }
    return 0;
}

/* `base`: NULL or "" if the environment names no folder. */
static void cache(json_t *findings, const char *name, const char *base, const char *below)
{
    char path[PATH_MAX];
    if (!base || !*base)
        return;
    snprintf(path, sizeof path, "%s%s", base, below);
    counted_bytes = 0;
    counted_files = 0;
    if (nftw(path, count_file, MAX_OPEN, FTW_PHYS))
        rn_finding(findings, name, RN_FINDING_ABSENT, NULL, "%s: does not exist yet", path);
    else
        rn_finding(findings, name, RN_FINDING_OK, NULL, "%s: %.1f MiB in %ld files", path,
                   counted_bytes / (1 << 20), counted_files);
}

static void caches(json_t *findings)
{
    const char *home = getenv("HOME"), *xdg = getenv("XDG_CACHE_HOME");
    bool has_xdg = xdg && *xdg;
    const char *base = has_xdg ? xdg : home;
    cache(findings, "cache of kernels and choices", base,
          has_xdg ? "/resnet-run" : "/.cache/resnet-run");
    cache(findings, "cache of PoCL", base, has_xdg ? "/pocl" : "/.cache/pocl");
    cache(findings, "cache of NVIDIA's driver", home, "/.nv/ComputeCache");
}

rn_status rn_doctor_folders(const rn_doctor_task *task, json_t *findings)
{
    rn_status status = plugin_folders(task->plugin_path, findings);
    models_folder(findings);
    caches(findings);
    return status;
}
