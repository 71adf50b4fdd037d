/* column.c: numbers of tables. */
#include "report/column.h"

#include <math.h>

#include "base/text.h"

void rn_column_number(FILE *out, int width, const char *format, double number)
{
    char text[32] = "-";
    if (isfinite(number))
        snprintf(text, sizeof text, format, number);
    rn_print(out, "%*s", width, text);
}
