/* log.c: formats log lines and hands them to the sink. */
#include "base/log.h"

#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

#define LINE_BYTES 1024

static int32_t least_level;
static rn_log_sink *sink;

void rn_log_set(int32_t level, rn_log_sink *new_sink)
{
    least_level = level;
    sink = new_sink;
}

void rn_log_va(int32_t level, const char *format, va_list args)
{
    char line[LINE_BYTES], shown[LINE_BYTES];
    if (sink == NULL || level < least_level)
        return;
    if (vsnprintf(line, sizeof line, format, args) < 0)
        return;
    rn_text_show(shown, sizeof shown, line);
    sink(level, shown);
}

void rn_log(int32_t level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rn_log_va(level, format, args);
    va_end(args);
}
