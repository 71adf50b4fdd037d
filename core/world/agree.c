/* agree.c: what all processes must have in common. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "world/state.h"

#define SHOWN_BYTES 200 /* of a line */

/* Copies the line at `text`, without the spaces before it. */
static void copy_line(char line[SHOWN_BYTES], const char *text)
{
    text += strspn(text, " ");
    snprintf(line, SHOWN_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Shows the first lines that differ. Both texts end with 0. */
static rn_status differ(const char *what, const char *own, const char *first)
{
    const rn_world *facts = rn_world_get();
    char here[SHOWN_BYTES], there[SHOWN_BYTES];
    size_t line = 0;
    for (size_t i = 0; own[i] && own[i] == first[i]; i++)
        if (own[i] == '\n')
            line = i + 1;
    copy_line(here, own + line);
    copy_line(there, first + line);
    return rn_fail(RN_E_CONFIG,
                   "%s is not that of process 0 on host %s: \"%s\" here, \"%s\" there; start all "
                   "processes with the same program, cfg and options",
                   what, facts->hosts[0], here, there);
}

rn_status rn_world_agree(const char *what, const char *text)
{
    int64_t bytes = (int64_t)strlen(text) + 1;
    if (rn_world_is_alone())
        return RN_OK;
    rn_status status = rn_world_broadcast(0, &bytes, sizeof bytes);
    if (status)
        return status;
    char *first = malloc((size_t)bytes);
    if (!first)
        return rn_world_fail(rn_fail(RN_E_NOMEM, "no memory to compare %s", what));
    if (rn_world_is_first())
        memcpy(first, text, (size_t)bytes);
    status = rn_world_broadcast(0, first, (uint64_t)bytes);
    if (!status && strcmp(first, text) != 0)
        status = rn_world_fail(differ(what, text, first));
    free(first);
    return status;
}
