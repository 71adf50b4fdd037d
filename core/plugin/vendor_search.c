/* vendor_search.c: finds NVIDIA's libraries in CUDA's folders, and where Python's packages have put
 * them. No program is run for it: where `python3` would look follows from where it is. */
#define _GNU_SOURCE /* secure_getenv, strverscmp */
#include "plugin/vendor_search.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "plugin/trust.h"
#include "plugin/vendor.h"

#define WHY_BYTES 1024

typedef struct search {
    const char *library;
    char *path;          /* of PATH_MAX bytes: the result */
    char why[WHY_BYTES]; /* the first file that was passed over, and why; "" */
} search;

/* `root` with what glob(3) takes for a pattern quoted; false if it is too long. */
static bool quote(const char *root, char quoted[PATH_MAX])
{
    size_t length = 0;
    for (; *root && length + 2 < PATH_MAX; root++) {
        if (strchr("*?[\\", *root))
            quoted[length++] = '\\';
        quoted[length++] = *root;
    }
    quoted[length] = 0;
    return !*root;
}

/* Later versions first: cuda-13.0 before cuda-12.8, python3.11 before python3.9. */
static int later_first(const void *a, const void *b)
{
    return strverscmp(*(char *const *)b, *(char *const *)a);
}

static bool take(search *s, const char *path)
{
    char why[WHY_BYTES];
    bool is_trusted = rn_trust_check(path, why, sizeof why);
    if (is_trusted)
        snprintf(s->path, PATH_MAX, "%s", path);
    else if (!*s->why)
        snprintf(s->why, sizeof s->why, "%s is not used, because %.*s", path,
                 (int)(sizeof s->why / 2), why);
    return is_trusted;
}

/* Looks below `root` in the folders that `pattern` fits. Relative roots depend on where one is, and
 * are as good as none. */
static bool look(search *s, const char *root, const char *pattern)
{
    char quoted[PATH_MAX], whole[2 * PATH_MAX];
    glob_t found = { 0 };
    bool is_found = false;
    if (!root || root[0] != '/' || !quote(root, quoted))
        return false;
    snprintf(whole, sizeof whole, "%s/%s/%s", quoted, pattern, s->library);
    if (glob(whole, GLOB_NOSORT, NULL, &found) == 0) {
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, later_first);
        for (size_t i = 0; i < found.gl_pathc && !is_found; i++)
            is_found = take(s, found.gl_pathv[i]);
    }
    globfree(&found);
    return is_found;
}

static bool look_in_toolkit(search *s, const char *root, const char *version)
{
    static const char *const folders[] = { "lib64", "targets/x86_64-linux/lib", "lib" };
    char pattern[128];
    bool is_found = false;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !is_found; i++) {
        snprintf(pattern, sizeof pattern, "%s%s", version, folders[i]);
        is_found = look(s, root, pattern);
    }
    return is_found;
}

/* `prefix`: of a Python, such as /usr or a virtual environment. */
static bool look_in_python(search *s, const char *prefix)
{
    return look(s, prefix, "lib/python3*/site-packages/nvidia/*/lib") ||
           look(s, prefix, "local/lib/python3*/dist-packages/nvidia/*/lib") ||
           look(s, prefix, "lib/python3*/dist-packages/nvidia/*/lib");
}

/* Cuts /bin/python3 off a path. */
static bool cut_program(char *path)
{
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    return true;
}

/* The Python that the shell would start: where it is found, which may be a virtual environment, and
 * where the links from there lead. */
static bool look_in_shells_python(search *s)
{
    const char *folders = secure_getenv("PATH");
    char path[PATH_MAX], real[PATH_MAX];
    for (size_t length; folders && *folders; folders += length + (folders[length] == ':')) {
        length = strcspn(folders, ":");
        snprintf(path, sizeof path, "%.*s/python3", (int)length, folders);
        if (access(path, X_OK))
            continue;
        bool has_real = realpath(path, real);
        return (cut_program(path) && look_in_python(s, path)) ||
               (has_real && cut_program(real) && look_in_python(s, real));
    }
    return false;
}

static bool look_everywhere(search *s)
{
    char local[PATH_MAX];
    const char *home = secure_getenv("HOME");
    snprintf(local, sizeof local, "%s/.local", home ? home : "");
    return look_in_toolkit(s, secure_getenv("CUDA_HOME"), "") ||
           look_in_toolkit(s, "/usr/local", "cuda/") ||
           look_in_toolkit(s, "/usr/local", "cuda-*/") ||
           look_in_python(s, secure_getenv("VIRTUAL_ENV")) || look_in_shells_python(s) ||
           look_in_python(s, home ? local : NULL);
}

rn_status rn_vendor_find(const char *library, char path[PATH_MAX])
{
    search s = { .library = library, .path = path };
    if (rn_vendor_of(library)->is_searched && !strchr(library, '/') && look_everywhere(&s))
        return RN_OK;
    return rn_fail(RN_E_PLUGIN, "%s", s.why);
}
