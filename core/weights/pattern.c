/* pattern.c: patterns of tensors' names. */
#include "weights/pattern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define MAX_DIGITS 9

/* "{i}", "{i+1}" or "{i-1}". */
typedef struct slot {
    int letter; /* 0: 'a' */
    int64_t offset;
    size_t length; /* of its text; 0: this is none */
} slot;

static slot read_slot(const char *text)
{
    slot s = { .letter = text[1] - 'a' };
    if (text[0] != '{' || text[1] < 'a' || text[1] > 'z')
        return (slot){ 0 };
    bool is_shifted = text[2] == '+' || text[2] == '-';
    if (is_shifted && (text[3] < '0' || text[3] > '9'))
        return (slot){ 0 };
    if (is_shifted)
        s.offset = text[2] == '+' ? text[3] - '0' : '0' - text[3];
    s.length = is_shifted ? 5 : 3;
    return text[s.length - 1] == '}' ? s : (slot){ 0 };
}

/* The number of digits of a number at the beginning of the text; 0: there is none. */
static size_t count_digits(const char *text)
{
    size_t n = strspn(text, "0123456789");
    return n > MAX_DIGITS || (n > 1 && *text == '0') ? 0 : n;
}

bool rn_pattern_match(const char *pattern, const char *name, rn_pattern_values *values)
{
    values->rest = "";
    for (int i = 0; i < RN_PATTERN_LETTERS; i++)
        values->numbers[i] = -1;
    while (*pattern && *pattern != '*') {
        slot s = read_slot(pattern);
        size_t length = s.length ? count_digits(name) : *pattern == *name;
        if (length == 0)
            return false;
        if (s.length) {
            int64_t number = strtoll(name, NULL, 10) - s.offset;
            if (number < 0)
                return false;
            values->numbers[s.letter] = number;
        }
        pattern += s.length ? s.length : 1;
        name += length;
    }
    values->rest = name;
    return (*pattern == '*') == (*name != 0);
}

const char *rn_pattern_fill(const char *pattern, const rn_pattern_values *values, rn_pool *pool)
{
    size_t size = strlen(pattern) * (MAX_DIGITS + 2) + strlen(values->rest) + 1, used = 0;
    char *text = rn_pool_take(pool, size);
    if (!text)
        return NULL;
    for (; *pattern; pattern++) {
        slot s = read_slot(pattern);
        int64_t number = s.length ? values->numbers[s.letter] + s.offset : 0;
        if (number < 0)
            return NULL;
        if (s.length) {
            used += (size_t)snprintf(text + used, size - used, "%" PRId64, number);
            pattern += s.length - 1;
        } else if (*pattern == '*') {
            used += (size_t)snprintf(text + used, size - used, "%s", values->rest);
        } else {
            text[used++] = *pattern;
        }
    }
    return text;
}

/* The letters of a pattern as a bit mask; bit RN_PATTERN_LETTERS: it has a `*`. */
static uint32_t letters_of(const char *pattern)
{
    uint32_t mask = 0;
    for (; *pattern; pattern++) {
        slot s = read_slot(pattern);
        if (s.length)
            mask |= 1u << s.letter;
        else if (*pattern == '*')
            mask |= 1u << RN_PATTERN_LETTERS;
    }
    return mask;
}

const char *rn_pattern_fault(const char *pattern)
{
    uint32_t seen = 0;
    if (!*pattern)
        return "is empty";
    for (; *pattern; pattern++) {
        slot s = read_slot(pattern);
        if ((*pattern == '{' && !s.length) || *pattern == '}')
            return "has braces that are not {i}, {i+1} or {i-1} of a small letter";
        if (*pattern == '*' && pattern[1])
            return "has a * before its end";
        if (s.length && seen >> s.letter & 1)
            return "has a letter twice";
        if (s.length) {
            seen |= 1u << s.letter;
            pattern += s.length - 1;
        }
    }
    return NULL;
}

bool rn_pattern_agree(const char *a, const char *b)
{
    return letters_of(a) == letters_of(b);
}
