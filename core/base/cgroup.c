/* cgroup.c: the quota of processors, as cgroups(7) and the kernel's documents of both versions
 * describe it. A group's quota holds for all groups below it. */
#include "base/cgroup.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, LINE_BYTES = 8192 };

/* A mounted hierarchy: `top` is the group that is seen at `folder`. */
typedef struct hierarchy {
    bool is_v2;
    char folder[PATH_BYTES], top[PATH_BYTES];
} hierarchy;

/* Is `word` one of a list that commas separate? */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == 0))
            return true;
    return false;
}

static bool line_read(FILE *file, char line[LINE_BYTES])
{
    if (!fgets(line, LINE_BYTES, file))
        return false;
    line[strcspn(line, "\n")] = 0;
    return true;
}

/* Reads two numbers, where the first may be a word: "max 100000" is no quota. */
static double quota_of(const char *quota, const char *period)
{
    double of = strtod(quota, NULL), in = strtod(period, NULL);
    return of > 0 && in > 0 ? of / in : INFINITY;
}

static bool text_read(const char *folder, const char *name, char text[LINE_BYTES])
{
    char path[PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool good = line_read(file, text);
    fclose(file);
    return good;
}

static double folder_quota(const char *folder, bool is_v2)
{
    char quota[LINE_BYTES], period[LINE_BYTES];
    if (!is_v2)
        return text_read(folder, "cpu.cfs_quota_us", quota) &&
                       text_read(folder, "cpu.cfs_period_us", period)
                   ? quota_of(quota, period)
                   : INFINITY;
    if (!text_read(folder, "cpu.max", quota))
        return INFINITY;
    const char *space = strchr(quota, ' ');
    return quota_of(quota, space ? space : "100000"); /* microseconds; the kernel's own default */
}

/* The least quota from the group's folder up to where its hierarchy is mounted. A group that lies
 * outside of what is mounted, as in some containers, has the mounted one above it all the same. */
static double hierarchy_quota(const hierarchy *h, const char *group)
{
    char folder[2 * PATH_BYTES];
    size_t mounted = strlen(h->folder), top = strcmp(h->top, "/") == 0 ? 0 : strlen(h->top);
    bool is_inside = strncmp(group, h->top, top) == 0 && !strstr(group, "/..");
    snprintf(folder, sizeof folder, "%s%s", h->folder, is_inside ? group + top : "");
    double least = INFINITY;
    for (;;) {
        least = fmin(least, folder_quota(folder, h->is_v2));
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < mounted)
            return least;
        *slash = 0;
    }
}

/* One line of mountinfo: "36 35 98:0 /top /folder options… - type source options"; false where it
 * is no hierarchy that has processors. */
static bool mount_read(const char *root, const char *line, hierarchy *h)
{
    char top[PATH_BYTES], folder[PATH_BYTES], type[64], options[PATH_BYTES];
    const char *dash = strstr(line, " - ");
    if (!dash || sscanf(line, "%*s %*s %*s %4095s %4095s", top, folder) != 2 ||
        sscanf(dash, " - %63s %*s %4095s", type, options) != 2)
        return false;
    h->is_v2 = strcmp(type, "cgroup2") == 0;
    if (!h->is_v2 && (strcmp(type, "cgroup") != 0 || !has_word(options, "cpu")))
        return false;
    int length = snprintf(h->folder, sizeof h->folder, "%s%s", root, folder);
    snprintf(h->top, sizeof h->top, "%s", top);
    return length < (int)sizeof h->folder;
}

/* One line of the process's groups: "0::/group" of version 2, "4:cpu,cpuacct:/group" of version 1;
 * NULL where it is another hierarchy's. */
static const char *group_of(const char *line, bool is_v2)
{
    char controllers[PATH_BYTES] = "";
    const char *first = strchr(line, ':');
    const char *second = first ? strchr(first + 1, ':') : NULL;
    if (!second)
        return NULL;
    snprintf(controllers, sizeof controllers, "%.*s", (int)(second - first - 1), first + 1);
    bool is_it = is_v2 ? strncmp(line, "0::", 3) == 0 : has_word(controllers, "cpu");
    return is_it ? second + 1 : NULL;
}

static double mounted_quota(const char *root, const hierarchy *h)
{
    char path[PATH_BYTES], line[LINE_BYTES];
    double least = INFINITY;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && line_read(file, line)) {
        const char *group = group_of(line, h->is_v2);
        if (group)
            least = fmin(least, hierarchy_quota(h, group));
    }
    if (file)
        fclose(file);
    return least;
}

double rn_cgroup_processors(const char *root)
{
    char path[PATH_BYTES], line[LINE_BYTES];
    hierarchy h;
    double least = INFINITY;
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "re");
    while (file && line_read(file, line))
        if (mount_read(root, line, &h))
            least = fmin(least, mounted_quota(root, &h));
    if (file)
        fclose(file);
    return least;
}
