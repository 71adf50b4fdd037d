/* check.c: what a test says, as lines for the process that started it. */
#include "validate/check.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/text.h"

#define TEXT_BYTES 2048

/* Flushed at once: the next thing that the plugin does may end the process. */
static void say(rn_checking *c, int letter, const char *format, va_list args)
{
    char text[TEXT_BYTES];
    vsnprintf(text, sizeof text, format, args);
    fprintf(c->report, "%c ", letter);
    rn_print(c->report, "%s\n", text);
    fflush(c->report);
}

void rn_check_found(rn_checking *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (c->n_found++ < RN_CHECK_MOST_FOUND)
        say(c, RN_LINE_FOUND, format, args);
    va_end(args);
}

void rn_check_skip(rn_checking *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(c, RN_LINE_SKIP, format, args);
    va_end(args);
}

void rn_check_at(rn_checking *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(c, RN_LINE_AT, format, args);
    va_end(args);
}

void rn_check_has(rn_checking *c, rn_check_kind kind, uint32_t count)
{
    fprintf(c->report, "%c %d %u\n", RN_LINE_HAS, (int)kind, count);
}
