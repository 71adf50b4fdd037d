/* log.h: the log; silent until main.c sets a sink. */
#ifndef RN_CORE_BASE_LOG_H
#define RN_CORE_BASE_LOG_H

#include <resnet/host.h>
#include <stdarg.h>

/* Receives one line without its newline. [any] */
typedef void rn_log_sink(int32_t level, const char *line);

/* Sends lines of `level` (RN_LOG_…) and above to `sink`; NULL silences the log. [setup] */
void rn_log_set(int32_t level, rn_log_sink *sink);

void rn_log(int32_t level, const char *format, ...) RN_PRINTF(2, 3);
void rn_log_va(int32_t level, const char *format, va_list args) RN_PRINTF(2, 0);

#endif
