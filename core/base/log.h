/* log.h: lines for the log, silent until main.c asks for them. */
#ifndef RN_CORE_BASE_LOG_H
#define RN_CORE_BASE_LOG_H

#include <resnet/host.h>
#include <stdarg.h>

/* Takes one line, without a newline. May be called by any thread. */
typedef void rn_log_sink(int32_t level, const char *line);

/* Lines of `level` (RN_LOG_…) and above go to `sink`; a NULL sink silences all. [setup] */
void rn_log_set(int32_t level, rn_log_sink *sink);

void rn_log(int32_t level, const char *format, ...) RN_PRINTF(2, 3);
void rn_log_va(int32_t level, const char *format, va_list args) RN_PRINTF(2, 0);

#endif
