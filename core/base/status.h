/* status.h: raising errors. One idiom raises: `return rn_fail(RN_E_SHAPE, "…", …);`. One idiom
 * propagates: `if (status) goto done;`. The first message is kept for the calling thread; callers
 * add the place in front with rn_fail_at. Only main.c prints. */
#ifndef RN_CORE_BASE_STATUS_H
#define RN_CORE_BASE_STATUS_H

#include <resnet/status.h>
#include <stdarg.h>

/* Records the message of this thread and returns `status`. Replaces an earlier message. */
rn_status rn_fail(rn_status status, const char *format, ...) RN_PRINTF(2, 3);
rn_status rn_fail_va(rn_status status, const char *format, va_list args) RN_PRINTF(2, 0);

/* Puts "PLACE: " before the recorded message; returns `status` again. */
rn_status rn_fail_at(rn_status status, const char *place_format, ...) RN_PRINTF(2, 3);

/* The recorded message; "" where there is none. */
const char *rn_fail_text(void);
void rn_fail_clear(void);

/* "RN_E_SHAPE", its meaning, and the exit status of the process. */
const char *rn_status_name(rn_status status);
const char *rn_status_meaning(rn_status status);
int rn_status_exit(rn_status status);

#endif
