/* status.h: raising errors. Raise with `return rn_fail(RN_E_SHAPE, "…", …);`. Propagate with
 * `if (status) return status;` or, where something must be released, `if (status) goto done;`. The
 * message is kept per thread; callers prepend the location with rn_fail_at. Only main.c prints. */
#ifndef RN_CORE_BASE_STATUS_H
#define RN_CORE_BASE_STATUS_H

#include <resnet/status.h>
#include <stdarg.h>

/* Records this thread's message, replacing an earlier one, and returns `status`. The message is one
 * line; an argument may be rn_fail_text() itself. */
rn_status rn_fail(rn_status status, const char *format, ...) RN_PRINTF(2, 3);
rn_status rn_fail_va(rn_status status, const char *format, va_list args) RN_PRINTF(2, 0);

/* Prepends "LOCATION: " to the recorded message and returns `status`. */
rn_status rn_fail_at(rn_status status, const char *location_format, ...) RN_PRINTF(2, 3);

/* The recorded message; "" if there is none. */
const char *rn_fail_text(void);
void rn_fail_clear(void);

/* A status's name ("RN_E_SHAPE"), its meaning in words, and the process's exit status. */
const char *rn_status_name(rn_status status);
const char *rn_status_meaning(rn_status status);
int rn_status_exit(rn_status status);

#endif
