/* installed.c: finds installed files from the place of the program. */
#define _GNU_SOURCE /* secure_getenv */
#include "base/installed.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#if !defined RN_BIN_DIR || !defined RN_MODELS_DIR
#error "RN_BIN_DIR, RN_MODELS_DIR: the folders where programs and share/models are installed"
#endif

/* The length of what both begin with, up to and without a slash. */
static size_t common_length(const char *a, const char *b)
{
    size_t length = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            length = i;
    return length;
}

/* Cuts `tail` off the end of `path`; false if it does not end so. */
static bool cut_tail(char *path, const char *tail)
{
    size_t length = strlen(path), cut = strlen(tail);
    if (cut > length || strcmp(path + length - cut, tail) != 0)
        return false;
    path[length - cut] = 0;
    return true;
}

const char *rn_installed_folder(const char *configured, char path[PATH_MAX])
{
    size_t common = common_length(RN_BIN_DIR, configured);
    ssize_t length = getauxval(AT_SECURE) ? -1 : readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0)
        return configured;
    path[length] = 0;
    char *name = strrchr(path, '/');
    if (!name)
        return configured;
    *name = 0;
    if (!cut_tail(path, RN_BIN_DIR + common))
        return configured;
    size_t root = strlen(path);
    if (root + strlen(configured + common) >= PATH_MAX)
        return configured;
    strcpy(path + root, configured + common);
    return access(path, F_OK) == 0 ? path : configured;
}

const char *rn_models_folder(char path[PATH_MAX])
{
    const char *named = secure_getenv("RESNET_MODELS_PATH");
    return named && *named ? named : rn_installed_folder(RN_MODELS_DIR, path);
}
