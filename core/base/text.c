/* text.c: which characters may be shown, and printing them. */
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of the character that begins here; 0 where there is none that may be shown. */
static size_t character_bytes(const unsigned char *s)
{
    if (s[0] < 0x80)
        return s[0] >= ' ' && s[0] != 127;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t bytes = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    /* Below are longer forms of shorter characters, and behind 0xc2 the control characters C1. */
    unsigned char least = s[0] == 0xe0 || s[0] == 0xc2 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    /* Above are surrogates, and what is no character any more. */
    unsigned char most = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    bool good = s[1] >= least && s[1] <= most;
    for (size_t i = 2; i < bytes && good; i++)
        good = (s[i] & 0xc0) == 0x80;
    return good ? bytes : 0;
}

enum { SHOWN_BYTES = 5 };

/* The next character as it may be shown; returns how many bytes of `from` it stands for. */
static size_t show_character(const char *from, char to[SHOWN_BYTES])
{
    size_t bytes = character_bytes((const unsigned char *)from);
    if (bytes == 0) {
        snprintf(to, SHOWN_BYTES, "\\x%02x", (unsigned)(unsigned char)*from);
        return 1;
    }
    memcpy(to, from, bytes);
    to[bytes] = 0;
    return bytes;
}

void rn_text_show(char *to, size_t size, const char *from)
{
    char shown[SHOWN_BYTES];
    while (*from) {
        from += show_character(from, shown);
        size_t bytes = strlen(shown);
        if (bytes >= size)
            break;
        memcpy(to, shown, bytes);
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

/* Where arguments have brought newlines, only those at the format's two ends are surely its own. */
static void print_shown(FILE *stream, const char *text, const char *format)
{
    char shown[SHOWN_BYTES];
    bool all_own = count_newlines(text) == count_newlines(format);
    const char *first = text + strspn(format, "\n"), *last = text + strlen(text);
    for (const char *end = format + strlen(format); end > format && end[-1] == '\n'; end--)
        last--;
    for (const char *at = text; *at;) {
        if (*at == '\n' && (all_own || at < first || at >= last)) {
            fputc(*at++, stream);
        } else {
            at += show_character(at, shown);
            fputs(shown, stream);
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
    /* Without memory for all of it the line is cut. */
    if (length >= 0)
        print_shown(stream, text ? text : line, format);
    if (text != line)
        free(text);
}
