/* status.c: each thread's error message, and the table of statuses. */
#include "base/status.h"

#include <stdio.h>

#include "base/text.h"

#define TEXT_BYTES 2048

static _Thread_local char text[TEXT_BYTES];

rn_status rn_fail_va(rn_status status, const char *format, va_list args)
{
    /* Not formatted into `text` itself, which may be an argument. */
    char message[TEXT_BYTES];
    if (vsnprintf(message, sizeof message, format, args) < 0)
        snprintf(message, sizeof message, "%s", rn_status_meaning(status));
    rn_text_show(text, sizeof text, message);
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

rn_status rn_fail_at(rn_status status, const char *location_format, ...)
{
    char location[TEXT_BYTES];
    va_list args;
    va_start(args, location_format);
    int length = vsnprintf(location, sizeof location, location_format, args);
    va_end(args);
    if (length < 0)
        return status;
    return rn_fail(status, "%s: %s", location, text);
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
    return 3; /* only a plugin can return an unknown status */
}
