/* plugin_trust.c: could others than root and the user have put something in a plugin's place? */
#include "plugin_trust.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "status.h"

static rn_status cannot_look(const char *path)
{
    return rn_fail(RN_E_PLUGIN, "cannot look at %s: %s", path, strerror(errno));
}

/* The group that many systems make for each user alone, whose umask then is 002: it is named after
 * the user and lists nobody else. */
static bool is_private_group(gid_t id)
{
    const struct passwd *user = getpwuid(geteuid());
    if (id == 0 || !user || user->pw_gid != id)
        return false;
    char *name = strdup(user->pw_name);
    const struct group *group = name ? getgrgid(id) : NULL;
    bool is_private = group && strcmp(group->gr_name, name) == 0 && !group->gr_mem[0];
    free(name);
    return is_private;
}

static rn_status check_writers(const char *path, const struct stat *info)
{
    if (info->st_mode & S_IWOTH)
        return rn_fail(RN_E_PLUGIN,
                       "refused, because everybody may write to %s; chmod o-w it",
                       path);
    if ((info->st_mode & S_IWGRP) && !is_private_group(info->st_gid))
        return rn_fail(RN_E_PLUGIN,
                       "refused, because its group may write to %s; chmod g-w it",
                       path);
    return RN_OK;
}

static rn_status check_owner(const char *path, const struct stat *info)
{
    if (info->st_uid == 0 || info->st_uid == geteuid())
        return RN_OK;
    return rn_fail(RN_E_PLUGIN,
                   "refused, because %s belongs to user %lu, neither to root nor to you; chown it, "
                   "or copy it",
                   path, (unsigned long)info->st_uid);
}

/* Who may write to a folder above may replace all below it; but not in a sticky one, as /tmp. */
static rn_status check_above(const char *folder)
{
    char *path = strdup(folder);
    rn_status status = path ? RN_OK : rn_fail(RN_E_NOMEM, "no memory to check %s", folder);
    for (char *slash; !status && (slash = strrchr(path, '/'));) {
        struct stat info;
        *slash = 0;
        const char *above = path[0] ? path : "/";
        if (stat(above, &info))
            status = cannot_look(above);
        else if (!(info.st_mode & S_ISVTX))
            status = check_writers(above, &info);
    }
    free(path);
    return status;
}

static rn_status check_folder(const char *folder)
{
    struct stat info;
    if (stat(folder, &info))
        return cannot_look(folder);
    rn_status status = check_owner(folder, &info);
    if (!status)
        status = check_writers(folder, &info);
    return status ? status : check_above(folder);
}

/* `path` without links in it. */
static rn_status check_resolved(char *path)
{
    struct stat info;
    if (stat(path, &info))
        return cannot_look(path);
    if (!S_ISREG(info.st_mode))
        return rn_fail(RN_E_PLUGIN, "it is not a regular file");
    rn_status status = check_owner(path, &info);
    if (!status)
        status = check_writers(path, &info);
    if (status)
        return status;
    *strrchr(path, '/') = 0;
    return check_folder(path[0] ? path : "/");
}

/* The folder of a link counts as well as that of the file behind it. */
static rn_status check_link_folder(const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return rn_fail(RN_E_NOMEM, "no memory to check %s", path);
    *strrchr(copy, '/') = 0;
    char *folder = realpath(copy[0] ? copy : "/", NULL);
    rn_status status = folder ? check_folder(folder) : cannot_look(copy);
    free(folder);
    free(copy);
    return status;
}

rn_status rn_plugin_trust_check(const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        return cannot_look(path);
    rn_status status = check_resolved(real);
    free(real);
    return status ? status : check_link_folder(path);
}
