/* tree_scan.c: checks a cfg's text before libconfig 1.5 reads it, for what libconfig accepts
 * wrongly (integers that wrap, numbers without digits), what its versions read differently
 * (leading zeros), what ends the process (including a folder), and what it reports poorly
 * (brackets and quotes that are not closed). */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "config/tree_parts.h"

#define MAX_DEPTH 64
#define MAX_INCLUDES 8 /* libconfig's own limit is 10 */

typedef struct scan {
    const char *file;
    const char *start, *at;
    int line;
    bool include_allowed;
    const struct scan *includer; /* NULL: the cfg itself */
    int depth;
    struct {
        char bracket;
        int line;
    } open[MAX_DEPTH];
} scan;

static rn_status scan_file(const char *path, const scan *includer);

static rn_status skip_comment(scan *s)
{
    int line = s->line;
    if (s->at[0] == '#' || s->at[1] == '/') {
        s->at += strcspn(s->at, "\n");
        return RN_OK;
    }
    for (s->at += 2; *s->at; s->at++) {
        if (s->at[0] == '*' && s->at[1] == '/') {
            s->at += 2;
            return RN_OK;
        }
        s->line += *s->at == '\n';
    }
    return rn_fail(RN_E_CONFIG, "%s:%d: the comment that begins here has no end, expected */",
                   s->file, line);
}

static rn_status skip_string(scan *s)
{
    int line = s->line;
    for (s->at++; *s->at; s->at++) {
        if (*s->at == '"') {
            s->at++;
            return RN_OK;
        }
        if (!strncmp(s->at, "\\x00", 4) || !strncmp(s->at, "\\X00", 4))
            return rn_fail(RN_E_CONFIG, "%s:%d: found \\x00 in a string, expected other characters",
                           s->file, s->line);
        s->at += s->at[0] == '\\' && s->at[1];
        s->line += *s->at == '\n';
    }
    return rn_fail(RN_E_CONFIG, "%s:%d: the string that begins here has no end, expected \"",
                   s->file, line);
}

static rn_status open_bracket(scan *s)
{
    if (s->depth == MAX_DEPTH)
        return rn_fail(RN_E_CONFIG, "%s:%d: brackets nest more than %d deep", s->file, s->line,
                       MAX_DEPTH);
    s->open[s->depth].bracket = *s->at++;
    s->open[s->depth++].line = s->line;
    return RN_OK;
}

static char closing(char bracket)
{
    return bracket == '(' ? ')' : bracket == '[' ? ']' : '}';
}

static rn_status close_bracket(scan *s)
{
    if (s->depth == 0)
        return rn_fail(RN_E_CONFIG, "%s:%d: found %c, but nothing is open", s->file, s->line,
                       *s->at);
    s->depth--;
    char bracket = s->open[s->depth].bracket;
    if (*s->at != closing(bracket))
        return rn_fail(RN_E_CONFIG, "%s:%d: found %c, expected %c for the %c of line %d", s->file,
                       s->line, *s->at, closing(bracket), bracket, s->open[s->depth].line);
    s->at++;
    return RN_OK;
}

/* The integer ends before `end`. Without an L, libconfig 1.5 silently keeps its lowest 32 bits; it
 * reads 020 as 20, and later versions may read it as 16. */
static rn_status check_integer(const scan *s, const char *end, bool hex)
{
    const char *digits = s->at + (*s->at == '-' || *s->at == '+');
    int length = (int)(end - s->at), shown = length > 40 ? 40 : length;
    errno = 0;
    long long value = strtoll(s->at, NULL, hex ? 16 : 10);
    if (errno)
        return rn_fail(RN_E_CONFIG, "%s:%d: the integer %.*s is too large, expected at most %lld",
                       s->file, s->line, shown, s->at, LLONG_MAX);
    if (!hex && digits[0] == '0' && isdigit((unsigned char)digits[1]))
        return rn_fail(RN_E_CONFIG,
                       "%s:%d: the integer %.*s begins with 0, which some programs "
                       "read as octal; expected %lld",
                       s->file, s->line, shown, s->at, value);
    if (*end != 'L' && (value > INT_MAX || value < INT_MIN))
        return rn_fail(RN_E_CONFIG, "%s:%d: the integer %.*s has more than 32 bits, expected %.*sL",
                       s->file, s->line, length, s->at, length, s->at);
    return RN_OK;
}

static const char *skip_digits(const char *at)
{
    while (isdigit((unsigned char)*at))
        at++;
    return at;
}

static const char *skip_exponent(const char *at)
{
    const char *digits = at + 1 + (at[0] && (at[1] == '+' || at[1] == '-'));
    return (*at == 'e' || *at == 'E') && isdigit((unsigned char)*digits) ? skip_digits(digits) : at;
}

/* At a sign, a digit or a point. */
static rn_status check_number(scan *s)
{
    const char *digits = s->at + (*s->at == '-' || *s->at == '+');
    bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    const char *end = hex ? digits + 2 : skip_digits(digits);
    while (hex && isxdigit((unsigned char)*end))
        end++;
    const char *fraction = !hex && *end == '.' ? skip_digits(end + 1) : end;
    const char *exponent = hex ? end : skip_exponent(fraction);
    rn_status status = exponent == end ? check_integer(s, end, hex) : RN_OK;
    /* libconfig rejects a number that continues with a letter. */
    if (end == digits && fraction == end + 1 && !isalnum((unsigned char)*exponent))
        status = rn_fail(RN_E_CONFIG, "%s:%d: found %.*s, expected a number with digits", s->file,
                         s->line, (int)(exponent - s->at), s->at);
    s->at = exponent;
    return status;
}

/* True if a relative path does not leave its folder. */
static bool stays_inside(const char *name)
{
    if (name[0] == '/')
        return false;
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (!strncmp(part, "..", 2) && (part[2] == '/' || !part[2]))
            return false;
    }
    return true;
}

static rn_status scan_include(const scan *s, const char *name)
{
    if (!s->include_allowed || !stays_inside(name))
        return rn_fail(RN_E_CONFIG, "found \"%s\", expected a path inside the cfg's own folder",
                       name);
    const scan *outermost = s;
    int depth = 1;
    for (; outermost->includer; outermost = outermost->includer)
        depth++;
    if (depth > MAX_INCLUDES)
        return rn_fail(RN_E_CONFIG, "\"%s\" is more than %d files deep", name, MAX_INCLUDES);
    /* libconfig looks in the folder of the outermost file, even for an @include of another file. */
    char *path = rn_tree_path_beside(outermost->file, name);
    if (!path)
        return rn_tree_no_memory();
    bool is_loop = false;
    for (const scan *up = s; up; up = up->includer)
        is_loop = is_loop || !strcmp(up->file, path);
    rn_status status = is_loop ? rn_fail(RN_E_CONFIG, "\"%s\" is being read already: a loop", name)
                               : scan_file(path, s);
    free(path);
    return status;
}

static rn_status check_include(scan *s)
{
    const char *line = s->at;
    while (line > s->start && (line[-1] == ' ' || line[-1] == '\t'))
        line--;
    bool begins_line = line == s->start || line[-1] == '\n';
    const char *name = strncmp(s->at, "@include", 8) ? "" : s->at + 8;
    name += strspn(name, " \t");
    size_t length = *name == '"' ? strcspn(name + 1, "\"\\\n") : 0;
    if (!begins_line || *name != '"' || name[length + 1] != '"')
        return rn_fail(RN_E_CONFIG, "%s:%d: found @, expected a line that begins @include \"FILE\"",
                       s->file, s->line);
    char *copy = strndup(name + 1, length);
    rn_status status = copy ? scan_include(s, copy) : rn_tree_no_memory();
    free(copy);
    s->at = name + length + 2;
    return status ? rn_fail_at(status, "%s:%d: @include", s->file, s->line) : RN_OK;
}

static rn_status scan_token(scan *s)
{
    const char *at = s->at;
    bool sign = *at == '+' || *at == '-';
    if (*at == '#' || (at[0] == '/' && (at[1] == '/' || at[1] == '*')))
        return skip_comment(s);
    if (*at == '"')
        return skip_string(s);
    if (strchr("([{", *at))
        return open_bracket(s);
    if (strchr(")]}", *at))
        return close_bracket(s);
    if (*at == '@')
        return check_include(s);
    if (isdigit((unsigned char)at[sign]) || at[sign] == '.')
        return check_number(s);
    if (isalpha((unsigned char)*at) || *at == '*') {
        while (isalnum((unsigned char)*s->at) || (*s->at && strchr("-_*", *s->at)))
            s->at++;
        return RN_OK;
    }
    s->line += *s->at++ == '\n';
    return RN_OK;
}

static rn_status scan_all(scan *s)
{
    while (*s->at) {
        rn_status status = scan_token(s);
        if (status)
            return status;
    }
    if (s->depth > 0)
        return rn_fail(RN_E_CONFIG,
                       "%s:%d: the %c that stands here is not closed, expected %c before the end",
                       s->file, s->open[s->depth - 1].line, s->open[s->depth - 1].bracket,
                       closing(s->open[s->depth - 1].bracket));
    return RN_OK;
}

static rn_status scan_file(const char *path, const scan *includer)
{
    char *text = NULL;
    rn_status status = rn_tree_read(path, false, &text);
    if (status)
        return status;
    scan s = { .file = path,
               .start = text,
               .at = text,
               .line = 1,
               .include_allowed = true,
               .includer = includer };
    status = scan_all(&s);
    free(text);
    return status;
}

rn_status rn_tree_scan(const char *path, const char *text)
{
    scan s = { .file = path, .start = text, .at = text, .line = 1, .include_allowed = true };
    return scan_all(&s);
}

rn_status rn_tree_scan_value(const char *name, const char *text)
{
    scan s = { .file = name, .start = text, .at = text, .line = 1 };
    return scan_all(&s);
}
