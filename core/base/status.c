/* status.c: the message of the calling thread, and the table of statuses. */
#include "base/status.h"

#include <stdio.h>

#include "base/text.h"

#define TEXT_BYTES 2048

static _Thread_local char text[TEXT_BYTES];

rn_status rn_fail_va(rn_status status, const char *format, va_list args)
{
    /* An argument may be the earlier message itself. */
    char fresh[TEXT_BYTES];
    if (vsnprintf(fresh, sizeof fresh, format, args) < 0)
        snprintf(fresh, sizeof fresh, "%s", rn_status_meaning(status));
    /* A message is one line. */
    rn_text_show(text, sizeof text, fresh);
    return status;
}

rn_status rn_fail(rn_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rn_fail_va(status, format, args);
    va_end(args);
    return status;
}

rn_status rn_fail_at(rn_status status, const char *place_format, ...)
{
    char place[TEXT_BYTES];
    va_list args;
    va_start(args, place_format);
    int length = vsnprintf(place, sizeof place, place_format, args);
    va_end(args);
    if (length < 0)
        return status;
    return rn_fail(status, "%s: %s", place, text);
}

const char *rn_fail_text(void)
{
    return text;
}

void rn_fail_clear(void)
{
    text[0] = 0;
}

static const struct {
    rn_status status;
    int exit_status;
    const char *name;
    const char *meaning;
} rows[] = {
#define RN_STATUS_ROW(name, value, exit_status, meaning) { value, exit_status, #name, meaning },
    RN_STATUS_LIST(RN_STATUS_ROW)
#undef RN_STATUS_ROW
};

#define N_ROWS (sizeof rows / sizeof rows[0])

const char *rn_status_name(rn_status status)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].status == status)
            return rows[i].name;
    return "unknown status";
}

const char *rn_status_meaning(rn_status status)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].status == status)
            return rows[i].meaning;
    return "a status that this version does not know";
}

int rn_status_exit(rn_status status)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].status == status)
            return rows[i].exit_status;
    /* Only a plugin can bring an unknown status. */
    return 3;
}
