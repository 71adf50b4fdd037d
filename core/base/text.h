/* text.h: texts, above all printing untrusted ones: from files, plugins, drivers and the command
 * line. Control characters (C0, C1 and DEL), which a terminal would obey, and bytes that are not
 * valid UTF-8 become \xNN; everything else is unchanged. rn_fail and rn_log escape their text
 * themselves. */
#ifndef RN_CORE_BASE_TEXT_H
#define RN_CORE_BASE_TEXT_H

#include <resnet/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Copies `from`, escaped: as many whole characters as fit, then a 0. */
void rn_text_show(char *to, size_t size, const char *from);

/* fprintf with its arguments escaped. Newlines in the format stay; a newline in an argument is
 * printed as \x0a. */
void rn_print(FILE *stream, const char *format, ...) RN_PRINTF(2, 3);

/* Does the text end with `end`, and is it longer? */
bool rn_text_ends(const char *text, const char *end);

/* Writes "9.2 MiB", and returns `text`. */
const char *rn_text_mib(uint64_t bytes, char text[32]);

#endif
