/* duration.c: reads lengths of time. */
#include "base/duration.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>

#define MOST_S (100 * 365.25 * 86400)

static const struct unit {
    char letter;
    double seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

/* The seconds of a unit; 0: the letter is none. */
static double unit_of(char letter)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].letter == letter)
            return units[i].seconds;
    return 0;
}

bool rn_duration_read(const char *text, double *seconds)
{
    double sum = 0;
    while (*text) {
        char *end;
        if (!isdigit((unsigned char)*text) || text[1] == 'x' || text[1] == 'X')
            return false; /* strtod would take signs, spaces, "inf" and hexadecimal numbers */
        double number = strtod(text, &end), unit = unit_of(*end);
        if (unit == 0)
            return false;
        sum += number * unit;
        text = end + 1;
    }
    *seconds = sum;
    return sum > 0 && sum <= MOST_S;
}
