/* trust.c: could anybody but root and the user have put something in a file's place?
 *
 * The path is walked from the root on, link by link. Each folder that is entered belongs to root or
 * the user, and nobody else may change its entries: so an entry that was looked at stays what it
 * was, and the whole path still leads to the same file when it is opened after the check. A sticky
 * folder, as /tmp, may lie above, because there only the owner of an entry may replace it; but it
 * is no place for the file itself, since anybody may add others beside it. */
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

typedef struct walk {
    char path[PATH_MAX]; /* up to here, without links; "": the root */
    char rest[PATH_MAX]; /* what is left; does not begin with '/' */
    int n_links;
    char *why;
    size_t why_size;
} walk;

static bool refuse(const walk *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(const walk *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(w->why, w->why_size, format, args);
    va_end(args);
    return false;
}

static const char *here(const walk *w)
{
    return w->path[0] ? w->path : "/";
}

static bool cannot_look(const walk *w)
{
    return refuse(w, "cannot look at %s: %s", here(w), strerror(errno));
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

/* With an access control list the group's bits are the most that anybody on the list may do. */
static bool has_list(const char *path)
{
    return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool check_owner(const walk *w, const struct stat *info)
{
    if (info->st_uid == 0 || info->st_uid == geteuid())
        return true;
    return refuse(w,
                  "%s belongs to user %lu, neither to root nor to you; chown it, or use a copy "
                  "elsewhere",
                  here(w), (unsigned long)info->st_uid);
}

static bool check_writers(const walk *w, const struct stat *info)
{
    if (info->st_mode & S_IWOTH)
        return refuse(w, "everybody may write to %s; chmod o-w it", here(w));
    if ((info->st_mode & S_IWGRP) && (!is_private_group(info->st_gid) || has_list(here(w))))
        return refuse(w, "its group may write to %s; chmod g-w it", here(w));
    return true;
}

/* The folder that the walk is in. */
static bool check_folder(const walk *w, bool may_be_sticky)
{
    struct stat info;
    if (lstat(here(w), &info))
        return cannot_look(w);
    bool is_sticky = may_be_sticky && info.st_mode & S_ISVTX;
    return check_owner(w, &info) && (is_sticky || check_writers(w, &info));
}

static void leave(walk *w)
{
    char *slash = strrchr(w->path, '/');
    if (slash)
        *slash = 0;
}

static bool set_rest(walk *w, const char *first, const char *second)
{
    char text[2 * PATH_MAX];
    snprintf(text, sizeof text, "%s/%s", first, second);
    const char *from = text + strspn(text, "/");
    if (strlen(from) >= sizeof w->rest)
        return refuse(w, "the path is too long");
    strcpy(w->rest, from);
    return true;
}

/* Moves the next name from the rest to the path. False: it does not fit. */
static bool enter(walk *w)
{
    size_t used = strlen(w->path), length = strcspn(w->rest, "/");
    if (used + length + 2 > sizeof w->path)
        return refuse(w, "the path is too long");
    w->path[used] = '/';
    memcpy(w->path + used + 1, w->rest, length);
    w->path[used + 1 + length] = 0;
    const char *after = w->rest + length;
    after += strspn(after, "/");
    memmove(w->rest, after, strlen(after) + 1);
    return true;
}

/* At a link: its target takes its place. Nobody else may choose another: it is ours, as is the
 * folder that it lies in. */
static bool follow(walk *w, const struct stat *info)
{
    char target[PATH_MAX];
    ssize_t length = readlink(w->path, target, sizeof target - 1);
    if (length >= 0 && ++w->n_links > MAX_LINKS) {
        errno = ELOOP;
        length = -1;
    }
    if (length < 0)
        return cannot_look(w);
    target[length] = 0;
    if (!check_owner(w, info))
        return false;
    leave(w);
    if (!w->rest[0] && !check_folder(w, false))
        return false;
    if (target[0] == '/')
        w->path[0] = 0;
    return set_rest(w, target, w->rest);
}

/* Where the path ends; what follows the name of a file cannot exist. */
static bool check_file(walk *w, const struct stat *info)
{
    w->rest[0] = 0;
    if (!check_owner(w, info) || !check_writers(w, info))
        return false;
    leave(w);
    return check_folder(w, false);
}

/* Nothing is here: who may make it is who may write to the folder. */
static bool check_absent(walk *w)
{
    if (errno != ENOENT)
        return cannot_look(w);
    w->rest[0] = 0;
    leave(w);
    return check_folder(w, false);
}

static bool step(walk *w)
{
    struct stat info;
    if (!enter(w))
        return false;
    const char *name = strrchr(w->path, '/') + 1;
    bool is_above = strcmp(name, "..") == 0, is_same = strcmp(name, ".") == 0;
    if (is_above || is_same) {
        leave(w);
        if (is_above)
            leave(w);
        return check_folder(w, w->rest[0]);
    }
    if (lstat(w->path, &info))
        return check_absent(w);
    if (S_ISLNK(info.st_mode))
        return follow(w, &info);
    return S_ISDIR(info.st_mode) ? check_folder(w, w->rest[0]) : check_file(w, &info);
}

bool rn_trust_check(const char *path, char *why, size_t size)
{
    walk w = { .why = why, .why_size = size };
    if (path[0] != '/')
        return refuse(&w, "%s is not a path from the root on", path);
    bool is_trusted = set_rest(&w, path, "") && check_folder(&w, w.rest[0]);
    while (is_trusted && w.rest[0])
        is_trusted = step(&w);
    return is_trusted;
}
