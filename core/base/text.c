/* text.c: escapes and prints untrusted text. */
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 character at `s`; 0 if it is invalid or a control character. */
static size_t character_bytes(const unsigned char *s)
{
    if (s[0] < 0x80)
        return s[0] >= ' ' && s[0] != 127;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    /* Lower second bytes are overlong encodings or, after 0xc2, the C1 control characters. */
    unsigned char least = s[0] == 0xe0 || s[0] == 0xc2 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    /* Higher ones are surrogates (after 0xed) or beyond U+10FFFF (after 0xf4). */
    unsigned char most = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    bool is_valid = s[1] >= least && s[1] <= most;
    for (size_t i = 2; i < bytes && is_valid; i++)
        is_valid = (s[i] & 0xc0) == 0x80;
    return is_valid ? bytes : 0;
}

enum { ESCAPED_BYTES = 5 }; /* "\x1b" or a character of up to 4 bytes, and a 0 */

/* Escapes the first character of `from`; returns how many bytes of `from` it takes. */
static size_t escape_character(const char *from, char to[ESCAPED_BYTES])
{
    size_t bytes = character_bytes((const unsigned char *)from);
    if (bytes == 0) {
        snprintf(to, ESCAPED_BYTES, "\\x%02x", (unsigned)(unsigned char)*from);
        return 1;
    }
    memcpy(to, from, bytes);
    to[bytes] = 0;
    return bytes;
}

void rn_text_show(char *to, size_t size, const char *from)
{
    char escaped[ESCAPED_BYTES];
    while (*from) {
        from += escape_character(from, escaped);
        size_t bytes = strlen(escaped);
        if (bytes >= size)
            break;
        memcpy(to, escaped, bytes);
        to += bytes;
        size -= bytes;
    }
    *to = 0;
}

static size_t count_newlines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

/* Prints `text`, which was formatted with `format`. If the arguments contained newlines, only those
 * at the format's two ends are known to be the format's. */
static void print_escaped(FILE *stream, const char *text, const char *format)
{
    char escaped[ESCAPED_BYTES];
    bool all_from_format = count_newlines(text) == count_newlines(format);
    const char *first = text + strspn(format, "\n"), *last = text + strlen(text);
    for (const char *end = format + strlen(format); end > format && end[-1] == '\n'; end--)
        last--;
    for (const char *at = text; *at;) {
        if (*at == '\n' && (all_from_format || at < first || at >= last)) {
            fputc(*at++, stream);
        } else {
            at += escape_character(at, escaped);
            fputs(escaped, stream);
        }
    }
}

void rn_print(FILE *stream, const char *format, ...)
{
    char line[1024], *text = line;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length >= (int)sizeof line && (text = malloc((size_t)length + 1))) {
        va_start(args, format);
        vsnprintf(text, (size_t)length + 1, format, args);
        va_end(args);
    }
    /* Truncated to `line` if there was no memory for all of it. */
    if (length >= 0)
        print_escaped(stream, text ? text : line, format);
    if (text != line)
        free(text);
}

const char *rn_text_mib(uint64_t bytes, char text[32])
{
    snprintf(text, 32, "%.1f MiB", (double)bytes / 1048576.0);
    return text;
}

bool rn_text_ends(const char *text, const char *end)
{
    size_t length = strlen(text), n = strlen(end);
    return length > n && strcmp(text + length - n, end) == 0;
}
