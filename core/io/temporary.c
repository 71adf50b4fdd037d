/* temporary.c: makes and knows the names of temporary files. */
#define _GNU_SOURCE /* asprintf */
#include "io/temporary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/status.h"

#define INFIX ".resnet-"
#define SUFFIX ".tmp"
enum { N_RANDOM = 8 };
static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";

char *rn_temporary_name(const char *path)
{
    unsigned char bytes[N_RANDOM];
    char letters[N_RANDOM + 1] = "", *name = NULL;
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return NULL;
    for (int i = 0; i < N_RANDOM; i++)
        letters[i] = alphabet[bytes[i] % (sizeof alphabet - 1)];
    return asprintf(&name, "%s" INFIX "%s" SUFFIX, path, letters) < 0 ? NULL : name;
}

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

char *rn_temporary_path(const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", temporary_folder(), name) < 0 ? NULL : path;
}

rn_status rn_temporary_fail(rn_status status)
{
    if (status != RN_E_IO)
        return status;
    return rn_fail(RN_E_IO, "%s; temporary files are in %s: let TMPDIR name a folder with room",
                   rn_fail_text(), temporary_folder());
}

bool rn_temporary_is(const char *name)
{
    const size_t infix = sizeof INFIX - 1, suffix = sizeof SUFFIX - 1;
    size_t length = strlen(name);
    if (length <= infix + N_RANDOM + suffix)
        return false;
    const char *end = name + length - infix - N_RANDOM - suffix;
    return strncmp(end, INFIX, infix) == 0 && strspn(end + infix, alphabet) == N_RANDOM &&
           strcmp(end + infix + N_RANDOM, SUFFIX) == 0;
}
