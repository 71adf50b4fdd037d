/* name.c: matches and cleans the names of devices. */
#include "gpu/name.h"

#include <string.h>
#include <strings.h>

static bool has_part(const char *name, const char *part)
{
    size_t length = strlen(part);
    for (const char *at = name; strlen(at) >= length; at++)
        if (strncasecmp(at, part, length) == 0)
            return true;
    return false;
}

int gpu_name_match(const char *name, const char *part)
{
    return strcasecmp(name, part) == 0 ? NAME_WHOLE : has_part(name, part) ? NAME_PART : NAME_OTHER;
}

bool gpu_name_is_number(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == 0;
}

void gpu_name_clean(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        bool is_space = *from == ' ' || (*from >= '\t' && *from <= '\r');
        if (is_space && (to == text || to[-1] == ' '))
            continue;
        *to++ = is_space ? ' ' : *from > ' ' && *from <= '~' ? *from : '?';
    }
    if (to > text && to[-1] == ' ')
        to--;
    *to = 0;
}
