/* trust.c: checks that only root and the user can change or replace a file.
 *
 * The path is resolved from the root, component by component and link by link. Every folder on it
 * must belong to root or the user, and nobody else may change its entries. So an entry that was
 * checked stays what it was, and the path still leads to the same file when it is opened later. A
 * sticky folder such as /tmp may be on the path, because there only an entry's owner may replace
 * it; but it may not contain the file itself, because anybody may add other files beside it. */
#include "plugin/trust.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as many as Linux follows */

typedef struct resolver {
    char path[PATH_MAX]; /* resolved so far, without links; "" is the root */
    char rest[PATH_MAX]; /* still to be resolved; does not begin with '/' */
    int n_links;
    char *why;
    size_t why_size;
} resolver;

static bool refuse(const resolver *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(const resolver *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, r->why_size, format, args);
    va_end(args);
    return false;
}

static const char *here(const resolver *r)
{
    return r->path[0] ? r->path : "/";
}

static bool cannot_access(const resolver *r)
{
    return refuse(r, "cannot access %s: %s", here(r), strerror(errno));
}

/* A user private group: named after the user, and lists nobody else. Systems that create one for
 * each user set the umask to 002. */
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

/* With an access control list, the group bits are the mask of what the listed users may do. */
static bool has_access_list(const char *path)
{
    return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool check_owner(const resolver *r, const struct stat *info)
{
    if (info->st_uid == 0 || info->st_uid == geteuid())
        return true;
    return refuse(r,
                  "%s belongs to user %lu, neither to root nor to you; chown it, or use a copy "
                  "elsewhere",
                  here(r), (unsigned long)info->st_uid);
}

static bool check_writers(const resolver *r, const struct stat *info)
{
    if (info->st_mode & S_IWOTH)
        return refuse(r, "everybody may write to %s; chmod o-w it", here(r));
    if ((info->st_mode & S_IWGRP) && (!is_private_group(info->st_gid) || has_access_list(here(r))))
        return refuse(r, "its group may write to %s; chmod g-w it", here(r));
    return true;
}

/* Checks the folder `r->path`. */
static bool check_folder(const resolver *r, bool may_be_sticky)
{
    struct stat info;
    if (lstat(here(r), &info))
        return cannot_access(r);
    bool is_sticky = may_be_sticky && info.st_mode & S_ISVTX;
    return check_owner(r, &info) && (is_sticky || check_writers(r, &info));
}

static void leave(resolver *r)
{
    char *slash = strrchr(r->path, '/');
    if (slash)
        *slash = 0;
}

static bool set_rest(resolver *r, const char *first, const char *second)
{
    char text[2 * PATH_MAX];
    snprintf(text, sizeof text, "%s/%s", first, second);
    const char *from = text + strspn(text, "/");
    if (strlen(from) >= sizeof r->rest)
        return refuse(r, "the path is too long");
    strcpy(r->rest, from);
    return true;
}

/* Moves the next component from `rest` to `path`. */
static bool enter(resolver *r)
{
    size_t used = strlen(r->path), length = strcspn(r->rest, "/");
    if (used + length + 2 > sizeof r->path)
        return refuse(r, "the path is too long");
    r->path[used] = '/';
    memcpy(r->path + used + 1, r->rest, length);
    r->path[used + 1 + length] = 0;
    const char *after = r->rest + length;
    after += strspn(after, "/");
    memmove(r->rest, after, strlen(after) + 1);
    return true;
}

/* Replaces a link by its target. Nobody else may change the target, because the link and its folder
 * belong to root or the user. */
static bool follow(resolver *r, const struct stat *info)
{
    char target[PATH_MAX];
    ssize_t length = readlink(r->path, target, sizeof target - 1);
    if (length >= 0 && ++r->n_links > MAX_LINKS) {
        errno = ELOOP;
        length = -1;
    }
    if (length < 0)
        return cannot_access(r);
    target[length] = 0;
    if (!check_owner(r, info))
        return false;
    leave(r);
    if (!r->rest[0] && !check_folder(r, false))
        return false;
    if (target[0] == '/')
        r->path[0] = 0;
    return set_rest(r, target, r->rest);
}

/* Ends the resolution at a file: nothing can follow a file's name. */
static bool check_file(resolver *r, const struct stat *info)
{
    r->rest[0] = 0;
    if (!check_owner(r, info) || !check_writers(r, info))
        return false;
    leave(r);
    return check_folder(r, false);
}

/* Ends the resolution at a missing name: whoever may write to the folder can create it. */
static bool check_absent(resolver *r)
{
    if (errno != ENOENT)
        return cannot_access(r);
    r->rest[0] = 0;
    leave(r);
    return check_folder(r, false);
}

static bool step(resolver *r)
{
    struct stat info;
    if (!enter(r))
        return false;
    const char *name = strrchr(r->path, '/') + 1;
    bool is_above = strcmp(name, "..") == 0, is_same = strcmp(name, ".") == 0;
    if (is_above || is_same) {
        leave(r);
        if (is_above)
            leave(r);
        return check_folder(r, r->rest[0]);
    }
    if (lstat(r->path, &info))
        return check_absent(r);
    if (S_ISLNK(info.st_mode))
        return follow(r, &info);
    return S_ISDIR(info.st_mode) ? check_folder(r, r->rest[0]) : check_file(r, &info);
}

bool rn_trust_check(const char *path, char *why, size_t size)
{
    resolver r = { .why = why, .why_size = size };
    if (path[0] != '/')
        return refuse(&r, "%s is not an absolute path", path);
    bool is_trusted = set_rest(&r, path, "") && check_folder(&r, r.rest[0]);
    while (is_trusted && r.rest[0])
        is_trusted = step(&r);
    return is_trusted;
}
