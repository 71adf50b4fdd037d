/* duration.h: lengths of time as people write them. */
#ifndef RN_CORE_BASE_DURATION_H
#define RN_CORE_BASE_DURATION_H

#include <stdbool.h>

/* Reads "90m", "1h30m", "1.5d" or "45s" as seconds, more than 0 and at most a hundred years; false
 * if the text is none of these. */
bool rn_duration_read(const char *text, double *seconds);

#endif
