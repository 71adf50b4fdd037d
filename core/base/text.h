/* text.h: text of others, of files, plugins, drivers and the command line, as it may be shown.
 * Control characters (of C0 and C1, and DEL), which would steer a terminal, and bytes that are no
 * UTF-8 become \xNN; everything else stays. Messages and the log do this by themselves. */
#ifndef RN_CORE_BASE_TEXT_H
#define RN_CORE_BASE_TEXT_H

#include <resnet/status.h>
#include <stddef.h>
#include <stdio.h>

/* The text as it may be shown: as many whole characters as there is room for, and a 0. */
void rn_text_show(char *to, size_t size, const char *from);

/* printf for people. Newlines of the format stay; one that an argument brings is shown as \x0a. */
void rn_print(FILE *stream, const char *format, ...) RN_PRINTF(2, 3);

#endif
